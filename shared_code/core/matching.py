"""Which directory user a product user is: by pin, then mail, then user principal name, then proxy address."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shared_code.core.addresses import domain_of, mask, normalise
from shared_code.core.candidates import Rank, Sighting, fold, sighting_key
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ConnectionId, ProductUserId, TenantId, UserId
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster import verified_addresses

RULES = {
    Rank.MAIL: MatchRule.MAIL,
    Rank.USER_PRINCIPAL_NAME: MatchRule.USER_PRINCIPAL_NAME,
    Rank.PROXY_ADDRESS: MatchRule.PROXY_ADDRESS,
}


@dataclass(frozen=True)
class Found:
    """The product user is this directory user. ``rule`` and ``address`` are those of the first match."""

    user_id: UserId
    rule: MatchRule
    address: str


@dataclass(frozen=True)
class NotFound:
    """The product user is nobody who could be connected, and why."""

    state: UserState
    reason: Reason
    candidates: tuple[str, ...] = ()
    unproven_domain: str | None = None


Verdict = Found | NotFound


@dataclass
class MatchIndex:
    """The product users that a sweep of one connection looks for, by what a directory user may show."""

    connection: ConnectionId
    tenant: TenantId
    domains: set[str] = field(default_factory=set, init=False)
    _by_address: dict[str, tuple[ProductUserId, bytes]] = field(default_factory=dict, init=False)
    _by_pin: dict[UserId, list[tuple[ProductUserId, bytes]]] = field(default_factory=dict, init=False)

    def add(self, user: ProductUser) -> None:
        """Users who are not to be connected are not looked for."""
        if not is_wanted(user):
            return
        for address in verified_addresses(user):
            self._by_address[address] = (user.user, sighting_key(user.user, address))
            self.domains.add(domain_of(address))
        pin = pin_of(user, self.connection, self.tenant)
        if pin is not None:
            self._by_pin.setdefault(pin.user_id, []).append((user.user, sighting_key(user.user, "")))

    def sight(self, person: DirectoryUser, trusted: Collection[str]) -> list[Sighting]:
        """To whom a directory user answers, and how well.

        A worse answer to the same product user is kept only while it is open whether the better one's domain counts.
        """
        guest, disabled = is_guest(person), person.account_enabled is False
        sightings: list[Sighting] = []
        settled: set[ProductUserId] = set()
        for user, key in self._by_pin.get(person.user_id, ()):
            sightings.append(Sighting(key, Rank.PIN, person.user_id, guest, disabled))
            settled.add(user)
        for rank, address in _shown_by(person):
            hit = self._by_address.get(address)
            if hit is None or hit[0] in settled or any(earlier.key == hit[1] for earlier in sightings):
                continue
            sightings.append(Sighting(hit[1], rank, person.user_id, guest, disabled))
            if guest or domain_of(address) in trusted:
                settled.add(hit[0])
        return sightings


def is_wanted(user: ProductUser) -> bool:
    """Whether a calendar is looked for at all."""
    gone = user.reason == Reason.OBJECT_GONE  # until the product sends the user again
    return not user.has_calendar and user.state is not UserState.OPTED_OUT and not gone


def pin_of(user: ProductUser, connection: ConnectionId, tenant: TenantId) -> Match | None:
    """The user's match through this connection, as long as the product still says the address that made it."""
    match = user.match
    if match is None or match.connection != connection or match.tenant != tenant:
        return None
    return match if match.address in verified_addresses(user) else None


def is_guest(person: DirectoryUser) -> bool:
    """Guests of another tenant (``#EXT#``) and accounts of our own that are marked as guests."""
    return person.user_type == "Guest" or "#EXT#" in (person.user_principal_name or "").upper()


def proven_domain(person: DirectoryUser) -> str | None:
    """A member's user principal name ends in a domain that the tenant has proven: Entra allows no other."""
    if person.user_principal_name is None or is_guest(person):
        return None
    return domain_of(normalise(person.user_principal_name)) or None


def addresses_of(person: DirectoryUser) -> frozenset[str]:
    """Normalised; only those that could match."""
    return frozenset(address for _, address in _shown_by(person))


def _shown_by(person: DirectoryUser) -> Iterator[tuple[Rank, str]]:
    if person.mail:
        yield Rank.MAIL, normalise(person.mail)
    if person.user_principal_name:
        yield Rank.USER_PRINCIPAL_NAME, normalise(person.user_principal_name)
    for proxy in person.proxy_addresses:
        if proxy[:5].lower() == "smtp:":
            yield Rank.PROXY_ADDRESS, normalise(proxy[5:])


def judge(
    user: ProductUser, pin: Match | None, sightings: Mapping[bytes, Collection[Sighting]], trusted: Collection[str]
) -> Verdict:
    """Who the product user is, from everybody who answered. ``trusted``: domains proven or confirmed."""
    addresses = sorted(verified_addresses(user))
    if not addresses:
        return NotFound(UserState.NO_MATCH, Reason.NO_VERIFIED_ADDRESS)
    answers = [
        _Answer(address, sighting, counts=domain_of(address) in trusted)
        for address in addresses
        for sighting in sightings.get(sighting_key(user.user, address), ())
    ]
    if pin is not None:
        # A pin that is newer than the sweep was not looked for; its directory user has answered to an address.
        by_address = (answer.sighting for answer in answers if answer.sighting.user_id == pin.user_id)
        return _judge_pin(pin, [*sightings.get(sighting_key(user.user, ""), ()), *by_address])
    return _choose([answer for answer in answers if answer.is_usable]) or _explain(answers)


def judge_people(
    user: ProductUser,
    people: Iterable[DirectoryUser],
    connection: ConnectionId,
    tenant: TenantId,
    trusted: Collection[str],
) -> Verdict:
    """The same from directory users at hand, instead of sightings collected by a sweep."""
    people = tuple(people)
    known = {*trusted, *(domain for domain in map(proven_domain, people) if domain is not None)}
    index = MatchIndex(connection, tenant)
    index.add(user)
    sightings = fold(sighting for person in people for sighting in index.sight(person, known))
    return judge(user, pin_of(user, connection, tenant), sightings, known)


@dataclass(frozen=True)
class _Answer:
    address: str
    sighting: Sighting
    counts: bool  # the tenant may speak for the address's domain

    @property
    def is_usable(self) -> bool:
        return self.counts and not self.sighting.guest and not self.sighting.disabled


def _judge_pin(pin: Match, sightings: Collection[Sighting]) -> Verdict:
    sighting = next(iter(sightings), None)
    if sighting is None:
        return NotFound(UserState.NO_MATCH, Reason.OBJECT_GONE)
    if sighting.guest:
        return NotFound(UserState.NO_MATCH, Reason.ONLY_GUEST)
    if sighting.disabled:
        return NotFound(UserState.DISABLED, Reason.ACCOUNT_DISABLED)
    return Found(pin.user_id, pin.rule, pin.address)


def _choose(usable: Collection[_Answer]) -> Verdict | None:
    if not usable:
        return None
    rank = min(answer.sighting.rank for answer in usable)
    best = {answer.sighting.user_id: answer for answer in usable if answer.sighting.rank is rank}
    if len(best) == 1:
        (answer,) = best.values()
        return Found(answer.sighting.user_id, RULES[rank], answer.address)
    candidates = tuple(f"{mask(best[user_id].address)} ({user_id})" for user_id in sorted(best))
    return NotFound(UserState.AMBIGUOUS, Reason.SEVERAL_DIRECTORY_USERS, candidates)


def _explain(answers: Collection[_Answer]) -> NotFound:
    """Why none of the answers counts, the most telling reason first."""
    members = [answer for answer in answers if not answer.sighting.guest]
    if any(answer.counts for answer in members):
        return NotFound(UserState.DISABLED, Reason.ACCOUNT_DISABLED)
    if members:
        domain = domain_of(members[0].address)
        return NotFound(UserState.DOMAIN_UNPROVEN, Reason.DOMAIN_UNPROVEN, unproven_domain=domain)
    return NotFound(UserState.NO_MATCH, Reason.ONLY_GUEST if answers else Reason.NO_DIRECTORY_USER)
