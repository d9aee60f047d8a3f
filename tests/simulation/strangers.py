"""What others have left in the way: subscriptions of an earlier deployment, and people who got somebody's address."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from uuid import uuid4

from local.microsoft365.seeding import PersonEntry, put_person
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.world import World
from shared_code.adapters.client_states import SignedClientStates
from shared_code.adapters.graph.subscriptions import CHANGES, addresses_of
from shared_code.core.client_state import ClientState
from shared_code.core.secret import Secret
from tests.simulation.places import CLIENT, ORGCAL, Person

BEFORE = "https://orgcal-before.example"
_FORGOTTEN_KEY = "a-signing-key-that-was-thrown-away-years-ago"


def leave_behind(world: World, person: Person, keys: tuple[Secret, ...], chance: Random) -> None:
    """A subscription that the app made when it lived elsewhere, or when it signed with another key."""
    lived_at, signed_with = chance.choice(((BEFORE, keys), (ORGCAL, (Secret(_FORGOTTEN_KEY),)), (BEFORE, keys)))
    notification_url, lifecycle_url = addresses_of(lived_at)
    settings = world.settings
    subscription = Subscription(
        id=str(uuid4()),
        tenant=person.tenant,
        user=person.user_id,
        app=CLIENT,
        creator_id=world.tenants[person.tenant].service_principals[CLIENT].id,
        resource=f"users/{person.user_id}/events",
        change_type=CHANGES,
        notification_url=notification_url,
        lifecycle_url=lifecycle_url,
        client_state=SignedClientStates(signed_with).write(ClientState(person.mailbox, 1)),
        tls_version="v1_2",
        expires_at=world.now() + timedelta(minutes=settings.subscription_longest_minutes),
        token_expires_at=world.now() + timedelta(seconds=settings.subscription_token_seconds),
        immutable_ids=True,
    )
    world.subscriptions.put(subscription, settings)


@dataclass
class Newcomers:
    """People with the address of somebody who has left. Nobody may open their mailboxes before the product has said
    once more who its users are: until then its word was about the other person."""

    world: World
    forbidden: set[str]  # object ids; the watch's own
    _ids: dict[Person, str] = field(default_factory=dict)

    def has_replaced(self, person: Person) -> bool:
        return person in self._ids

    def replace(self, person: Person, *, is_known: bool) -> None:
        """``is_known``: whether each of the product's users that this person is, or was, stands pinned to them."""
        entry = PersonEntry(
            id=str(uuid4()),
            user_principal_name=person.address,
            mail=person.address,
            display_name="Newcomer",
            mailbox_time_zone=person.zone,
        )
        put_person(self.world.tenants[person.tenant], entry)
        self._ids[person] = entry.id
        if is_known:
            self.forbidden.add(entry.id)

    def admit(self, person: Person) -> None:
        """The product, or an administrator, has spoken since."""
        self.forbidden.discard(self._ids.get(person, ""))

    def leave(self) -> None:
        """For good, all of them; whoever was here before stays away or comes back as they like."""
        for person, newcomer in self._ids.items():
            self.world.tenants[person.tenant].directory.delete(newcomer)
            self.forbidden.discard(newcomer)
        self._ids.clear()
