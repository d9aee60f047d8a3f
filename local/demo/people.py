"""The demo's directories: a thousand people of Contoso, and what the product knows of two hundred of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"

ZONES = ("Romance Standard Time", "Eastern Standard Time", "India Standard Time", "Tokyo Standard Time", "UTC")
IANA_ZONES = ("Europe/Paris", "America/New_York", "Asia/Kolkata", "Asia/Tokyo", "Etc/UTC")


@dataclass(frozen=True)
class Someone:
    """A product user, who they are in the directory, and what should become of them."""

    user: str
    addresses: list[dict[str, Any]]
    expected: str
    people: list[dict[str, Any]] = field(default_factory=list)
    zone: str = "Etc/UTC"
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def sent(self) -> dict[str, Any]:
        return {"user": self.user, "addresses": self.addresses, **self.more}

    @property
    def object_id(self) -> str:
        return str(self.people[0]["id"])


def person(domain: str, name: str, **changes: Any) -> dict[str, Any]:
    """A directory user as the stand-in's control interface takes one."""
    address = f"{name}@{domain}"
    return {
        "id": str(uuid5(NAMESPACE_DNS, address)),
        "userPrincipalName": address,
        "mail": address,
        "displayName": name.replace("-", " ").title(),
        **changes,
    }


def administrator(domain: str) -> dict[str, Any]:
    return person(domain, "administrator", directory_roles=[GLOBAL_ADMINISTRATOR])


def verified(address: str) -> dict[str, Any]:
    return {"address": address, "verified": True}


def organization(domain: str) -> list[Someone]:
    """Two hundred, less the owner: every way to match, and every way not to."""
    return [
        *_plain(domain, 120),
        *_aliases(domain, 20),
        *_without_mail(domain, 15),
        *_renamed(domain, 10),
        *_guests(domain, 5),
        *_disabled(domain, 8),
        *_unlicensed(domain, 6),
        *_same_address_twice(domain, 2),
        *_absent(domain, 4),
        *_unverified(domain, 3),
        *_with_own_calendar(domain, 3),
        *_of_unproven_domain(domain, 2),
        *_excluded(domain, 1),
    ]


def strangers(domain: str, count: int) -> Iterator[dict[str, Any]]:
    """Directory users whom the product does not know."""
    return (person(domain, f"stranger-{number:04}") for number in range(count))


def _plain(domain: str, count: int) -> Iterator[Someone]:
    """Every second one has a zone in the product; the others' comes from the mailbox."""
    for number in range(count):
        name, zone = f"plain-{number:03}", number % len(ZONES)
        told = {"time_zone": IANA_ZONES[zone]} if number % 2 else {}
        who = person(domain, name, mailbox_time_zone=ZONES[zone])
        yield Someone(name, [verified(f"{name}@{domain}".upper())], "connected", [who], IANA_ZONES[zone], told)


def _aliases(domain: str, count: int) -> Iterator[Someone]:
    for number in range(count):
        name = f"alias-{number:02}"
        who = person(domain, name, proxyAddresses=[f"SMTP:{name}@{domain}", f"smtp:{name}.old@{domain}"])
        yield Someone(name, [verified(f"{name}.old@{domain}")], "connected", [who])


def _without_mail(domain: str, count: int) -> Iterator[Someone]:
    for number in range(count):
        name = f"upn-{number:02}"
        yield Someone(name, [verified(f"{name}@{domain}")], "connected", [person(domain, name, mail=None)])


def _renamed(domain: str, count: int) -> Iterator[Someone]:
    """The user principal name is new; mail still has the name that the product knows."""
    for number in range(count):
        name = f"renamed-{number:02}"
        who = person(domain, name, userPrincipalName=f"married-{number:02}@{domain}")
        yield Someone(name, [verified(f"{name}@{domain}")], "connected", [who])


def _guests(domain: str, count: int) -> Iterator[Someone]:
    for number in range(count):
        name, address = f"guest-{number}", f"guest-{number}@partner.example"
        upn = f"guest-{number}_partner.example#EXT#@{domain}"
        who = person(domain, name, mail=address, userPrincipalName=upn, userType="Guest", licensed=False)
        yield Someone(name, [verified(address)], "no_match", [who])


def _disabled(domain: str, count: int) -> Iterator[Someone]:
    for number in range(count):
        name = f"disabled-{number}"
        yield Someone(name, [verified(f"{name}@{domain}")], "disabled", [person(domain, name, accountEnabled=False)])


def _unlicensed(domain: str, count: int) -> Iterator[Someone]:
    for number in range(count):
        name = f"unlicensed-{number}"
        yield Someone(name, [verified(f"{name}@{domain}")], "no_mailbox", [person(domain, name, licensed=False)])


def _same_address_twice(domain: str, count: int) -> Iterator[Someone]:
    """Two directory users have the same mail; nobody can say which of them is meant."""
    for number in range(count):
        name = f"twice-{number}"
        shared = f"{name}@{domain}"
        people = [person(domain, f"{name}-{one}", mail=shared) for one in ("a", "b")]
        yield Someone(name, [verified(shared)], "ambiguous", people)


def _absent(domain: str, count: int) -> Iterator[Someone]:
    for number in range(count):
        yield Someone(f"absent-{number}", [verified(f"absent-{number}@{domain}")], "no_match")


def _unverified(domain: str, count: int) -> Iterator[Someone]:
    """The directory has them, but the product never verified that the address is theirs."""
    for number in range(count):
        name = f"unverified-{number}"
        unproven = {"address": f"{name}@{domain}", "verified": False}
        yield Someone(name, [unproven], "no_match", [person(domain, name)])


def _with_own_calendar(domain: str, count: int) -> Iterator[Someone]:
    for number in range(count):
        name = f"own-calendar-{number}"
        sent = {"has_calendar": True}
        yield Someone(name, [verified(f"{name}@{domain}")], "personal", [person(domain, name)], more=sent)


def _of_unproven_domain(domain: str, count: int) -> Iterator[Someone]:
    """Their mail is in a domain that the tenant has never proven."""
    for number in range(count):
        name, address = f"unproven-{number}", f"unproven-{number}@elsewhere.example"
        yield Someone(name, [verified(address)], "domain_unproven", [person(domain, name, mail=address)])


def _excluded(domain: str, count: int) -> Iterator[Someone]:
    """Exchange's application access policy closes their mailbox to the app."""
    for number in range(count):
        name = f"excluded-{number}"
        yield Someone(name, [verified(f"{name}@{domain}")], "excluded_by_policy", [person(domain, name)])
