"""Users and connections that come and go, and who is to be served in the end."""

from collections.abc import Callable

from local.microsoft365.subscriptions import Subscription
from shared_code.core.ids import TenantId
from shared_code.errors import Rejected
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

    def change(self, seat: Seat, act: str) -> None:
        if act == "remove":
            self._product.remove(seat)
            self._removed.add(seat)
            self._opted_out.discard(seat)  # who comes again is a new one
        elif act == "send":
            self._product.send(seat)
            self._removed.discard(seat)
        elif seat not in self._removed:
            self._change_mind(seat, act)

    def change_bond(self, bond: Bond, act: str) -> bool:
        if act == "disconnect" and bond not in self._parted:
            self._product.disconnect(bond)
            self._parted.add(bond)
            return True
        if act == "reconnect" and bond in self._parted and self._product.reconnect(bond):
            self._parted.discard(bond)
            return True
        return False

    def send_wanted(self) -> None:
        """Whose directory object was gone for a while is only looked for again when the product asks for them."""
        for seat in SEATS:
            if self.is_wanted(seat):
                self._product.send(seat)

    def _change_mind(self, seat: Seat, act: str) -> None:
        try:
            if act == "opt out":
                self._product.opt_out(seat)
                self._opted_out.add(seat)
            else:
                self._product.opt_in(seat)
                self._opted_out.discard(seat)
        except Rejected:
            return


def _disable(administrators: Administrators, person: Person) -> bool:
    administrators.change(person, account_enabled=False)
    return True


def _enable(administrators: Administrators, person: Person) -> bool:
    administrators.change(person, account_enabled=True)
    return True


def _delete(administrators: Administrators, person: Person) -> bool:
    if administrators.is_deleted(person):
        return False
    administrators.delete(person)
    return True


def _restore(administrators: Administrators, person: Person) -> bool:
    if not administrators.is_deleted(person):
        return False
    administrators.restore(person)
    return True


def _rename(administrators: Administrators, person: Person) -> bool:
    """The object id is the same; whoever is matched stays it."""
    administrators.change(person, display_name=f"{person.name} the renamed")
    return True


DIRECTORY: dict[str, Callable[[Administrators, Person], bool]] = {
    "disable": _disable,
    "enable": _enable,
    "delete": _delete,
    "restore": _restore,
    "rename": _rename,
}
CONSENT: dict[str, Callable[[Administrators, TenantId], None]] = {
    "app disabled": lambda administrators, tenant: administrators.disable_app(tenant, disabled=True),
    "app enabled": lambda administrators, tenant: administrators.disable_app(tenant, disabled=False),
    "roles taken": Administrators.take_roles,
    "roles given": Administrators.give_roles,
}
MISHAPS: dict[str, Callable[[Mishaps, Subscription], None]] = {
    "vanished": Mishaps.vanish,
    "removed": Mishaps.remove,
    "expired": Mishaps.expire,
    "token lapsed": Mishaps.lapse,
    "missed": lambda mishaps, subscription: mishaps.tell(subscription, "missed"),
    "reauthorization required": lambda mishaps, subscription: mishaps.tell(subscription, "reauthorizationRequired"),
}
