"""A user's change together with what the product is told of it."""

from shared_code.core.product_user import ProductUser
from shared_code.core.told import told_of_user
from shared_code.ports import Stored, UserChange


def told(stored: Stored[ProductUser] | None, changed: ProductUser) -> UserChange:
    """To be saved: the events are written with the change, or not at all."""
    return UserChange(stored, changed, told_of_user(None if stored is None else stored.value, changed))
