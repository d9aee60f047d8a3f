"""Users and connections that come and go, and who is to be served in the end."""

from collections.abc import Callable

from local.microsoft365.subscriptions import Subscription
from shared_code.core.ids import TenantId
from tests.simulation.places import SEATS, Bond, Person, Seat
from tests.simulation.product import Product
from tests.simulation.world_acts import Administrators, Mishaps


class Comings:
    """Keeps in mind what was asked for, beside asking for it."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._removed: set[Seat] = set()
        self._opted_out: set[Seat] = set()
        self._parted: set[Bond] = set()

    def is_wanted(self, seat: Seat) -> bool:
        """Whether the user is one, wants it, and the organisation is connected to their tenant."""
        parted = any(
            bond.organization == seat.organization and bond.tenant == seat.person.tenant for bond in self._parted
        )
        return not parted and seat not in self._removed and seat not in self._opted_out

    def change(self, seat: Seat, *, is_product: bool) -> str:
        """The product takes the user away or brings them back, or the user disconnects or reconnects; what it was."""
        if seat in self._removed:
            self._product.send(seat)
            self._removed.discard(seat)
            return "send"
        if is_product:
            self._product.remove(seat)
            self._removed.add(seat)
            self._opted_out.discard(seat)  # who comes again is a new one
            return "remove"
        return self._change_mind(seat)

    def change_bond(self, bond: Bond) -> str | None:
        """Disconnect, or connect again as soon as that is possible; what it was."""
        if bond not in self._parted:
            self._product.disconnect(bond)
            self._parted.add(bond)
            return "disconnect"
        if self._product.reconnect(bond):
            self._parted.discard(bond)
            return "reconnect"
        return None

    def send_wanted(self) -> None:
        """Whose directory object was gone for a while is only looked for again when the product asks for them."""
        for seat in SEATS:
            if self.is_wanted(seat):
                self._product.send(seat)

    def _change_mind(self, seat: Seat) -> str:
        if seat in self._opted_out:
            self._product.opt_in(seat)
            self._opted_out.discard(seat)
            return "opt in"
        self._product.opt_out(seat)
        self._opted_out.add(seat)
        return "opt out"


def _come_or_go(administrators: Administrators, person: Person) -> str:
    if administrators.is_deleted(person):
        administrators.restore(person)
        return "restore"
    administrators.delete(person)
    return "delete"


def _enable_or_disable(administrators: Administrators, person: Person) -> str:
    is_enabled = administrators.is_enabled(person)
    administrators.change(person, account_enabled=not is_enabled)
    return "disable" if is_enabled else "enable"


def _rename(administrators: Administrators, person: Person) -> str:
    """The object id is the same; whoever is matched stays it."""
    administrators.change(person, display_name=f"{person.name} the renamed")
    return "rename"


def _switch_app(administrators: Administrators, tenant: TenantId) -> str:
    is_enabled = administrators.is_app_enabled(tenant)
    administrators.disable_app(tenant, disabled=is_enabled)
    return "app disabled" if is_enabled else "app enabled"


def _switch_roles(administrators: Administrators, tenant: TenantId) -> str:
    if administrators.has_roles(tenant):
        administrators.take_roles(tenant)
        return "roles taken"
    administrators.give_roles(tenant)
    return "roles given"


DIRECTORY: dict[str, Callable[[Administrators, Person], str]] = {
    "come or go": _come_or_go,
    "enable or disable": _enable_or_disable,
    "rename": _rename,
}
CONSENT: dict[str, Callable[[Administrators, TenantId], str]] = {"app": _switch_app, "roles": _switch_roles}
MISHAPS: dict[str, Callable[[Mishaps, Subscription], None]] = {
    "vanished": Mishaps.vanish,
    "removed": Mishaps.remove,
    "expired": Mishaps.expire,
    "token lapsed": Mishaps.lapse,
    "missed": lambda mishaps, subscription: mishaps.tell(subscription, "missed"),
    "reauthorization required": lambda mishaps, subscription: mishaps.tell(subscription, "reauthorizationRequired"),
}
