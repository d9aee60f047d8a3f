"""What administrators and Microsoft do besides: people come and go, consent is withdrawn, subscriptions vanish."""

from datetime import timedelta

from msgspec.structs import replace

from local.microsoft365.dispatch import tell
from local.microsoft365.notices import LifecycleEvent
from local.microsoft365.people import Person as DirectoryPerson
from local.microsoft365.seeding import entry_of, grant, put_person
from local.microsoft365.subscription_upkeep import end, reconsider
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.tenants import Tenant
from local.microsoft365.world import World
from shared_code.core.ids import TenantId
from tests.simulation.places import CLIENT, ROLES, Person


class Administrators:
    """Each change is followed by Microsoft's own look at the subscriptions that it may end."""

    def __init__(self, world: World) -> None:
        self._world = world

    def is_served(self, person: Person) -> bool:
        """Whether this person has a mailbox that the app may open."""
        tenant = self._tenant(person.tenant)
        found = tenant.directory.find(person.user_id)
        is_there = found is not None and found.licensed and found.account_enabled is not False
        return is_there and self.has_consent(person.tenant)

    def has_consent(self, tenant: TenantId) -> bool:
        return self.is_app_enabled(tenant) and self.has_roles(tenant)

    def is_app_enabled(self, tenant: TenantId) -> bool:
        principal = self._tenant(tenant).service_principals.get(CLIENT)
        return principal is not None and not principal.disabled

    def has_roles(self, tenant: TenantId) -> bool:
        principal = self._tenant(tenant).service_principals.get(CLIENT)
        return principal is not None and set(ROLES) <= set(principal.roles)

    def disable_app(self, tenant: TenantId, *, disabled: bool) -> None:
        principal = self._tenant(tenant).service_principals.get(CLIENT)
        if principal is not None:
            principal.disabled = disabled
        reconsider(self._world)

    def take_roles(self, tenant: TenantId) -> None:
        grant(self._world, self._tenant(tenant), CLIENT, ("User.Read.All",))
        reconsider(self._world)

    def give_roles(self, tenant: TenantId) -> None:
        grant(self._world, self._tenant(tenant), CLIENT, ROLES)
        reconsider(self._world)

    def delete(self, person: Person) -> None:
        self._tenant(person.tenant).directory.delete(person.user_id)
        reconsider(self._world)

    def restore(self, person: Person) -> None:
        self._tenant(person.tenant).directory.restore(person.user_id)
        reconsider(self._world)

    def change(self, person: Person, **changes: object) -> None:
        """``changes`` in the words of ``PersonEntry``."""
        entry = entry_of(self._find(person))
        put_person(self._tenant(person.tenant), replace(entry, **changes))
        reconsider(self._world)

    def hand_over(self, giver: Person, taker: Person) -> None:
        """The giver's address becomes the taker's; if it is already, both get their own again."""
        if self._find(taker).mail == giver.address:
            self._call(taker, taker.address)
            self._call(giver, giver.address)
        else:
            self._call(giver, f"new.{giver.address}")
            self._call(taker, giver.address)

    def _call(self, person: Person, address: str) -> None:
        self.change(person, mail=address, user_principal_name=address)

    def is_deleted(self, person: Person) -> bool:
        return self._tenant(person.tenant).directory.is_deleted(person.user_id)

    def is_enabled(self, person: Person) -> bool:
        return self._find(person).account_enabled is not False

    def _find(self, person: Person) -> DirectoryPerson:
        found = self._tenant(person.tenant).directory.find_deleted_too(person.user_id)
        assert found is not None
        return found

    def _tenant(self, tenant: TenantId) -> Tenant:
        return self._world.tenants[tenant]


class Mishaps:
    """What happens to subscriptions without anybody asking for it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, person: Person) -> Subscription | None:
        """The person's, if there is one that lives."""
        found = self._world.subscriptions.of_mailbox(person.tenant, person.user_id)
        return next((each for each in found if each.expires_at > self._world.now()), None)

    def vanish(self, subscription: Subscription) -> None:
        """Nobody is told."""
        self._world.subscriptions.remove(subscription)

    def remove(self, subscription: Subscription) -> None:
        """And told so."""
        end(self._world, subscription)

    def expire(self, subscription: Subscription) -> None:
        """In a minute, whatever was promised."""
        subscription.expires_at = self._world.now() + timedelta(minutes=1)
        self._world.subscriptions.put(subscription, self._world.settings)

    def lapse(self, subscription: Subscription) -> None:
        """The token behind it ends soon: Graph asks for another one, and holds notifications back until it has it."""
        subscription.token_expires_at = self._world.now() + timedelta(minutes=2)
        self._world.subscriptions.put(subscription, self._world.settings)

    def tell(self, subscription: Subscription, event: LifecycleEvent) -> None:
        tell(self._world, subscription, event)
