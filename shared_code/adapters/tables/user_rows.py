"""Keys of the rows that a product user has: their own, and those by which they are found."""

from shared_code.adapters.tables.keys import hash_of
from shared_code.adapters.tables.records import SCHEMA_VERSION, check_version
from shared_code.adapters.tables.rows import Property, Row
from shared_code.core.addresses import normalise
from shared_code.core.ids import ProductUserId
from shared_code.core.product_user import ProductUser

INDEXES = ("address", "pin")


def user_key(user: ProductUserId) -> str:
    return f"user!{user}"


def address_key(normalised: str) -> str:
    return f"address!{hash_of(normalised)}"


def index_keys(user: ProductUser | None) -> set[str]:
    if user is None:
        return set()
    pins = set() if user.match is None else {f"pin!{user.match.tenant}!{user.match.user_id}!{user.user}"}
    return pins | {address_key(normalise(address.address)) for address in user.addresses if address.verified}


def index_row(user: ProductUserId) -> dict[str, Property]:
    return {"v": SCHEMA_VERSION, "user": user}


def user_of(row: Row) -> ProductUserId:
    check_version(row)
    return ProductUserId(str(row.properties["user"]))
