"""Rows of sealed refresh tokens, in the partition of the organisation's people, so that they go together.

token!{user}!{tenant}!{object id}    one of somebody's own accounts; written and read by adapters/token_vault.py
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_all, read_keys
from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.rows import Remove, Row, Rows, below
from shared_code.adapters.tables.user_rows import user_key
from shared_code.core.ids import LinkKey, OrganizationId, ProductUserId
from shared_code.core.product_user import ProductUser
from shared_code.errors import Conflict

SETTLED = timedelta(hours=1)  # a token is kept before the account stands in the user's row


@dataclass(frozen=True)
class KeptToken:
    """What a row holds: a SealedToken, and since when."""

    key_id: str
    ciphertext: str
    kept_at: datetime
    signed_in_at: datetime | None = None  # rows of before it was noted have none until their owner signs in again


def token_row_key(link: LinkKey) -> str:
    return f"token!{link.user}!{link.mailbox.tenant}!{link.mailbox.user_id}"


async def drop_forsaken(rows: Rows, organization: OrganizationId, now: datetime) -> int:
    """Delete tokens whose user or account is gone, and say how many there were. Each is looked at once more right
    before."""
    keys = await read_keys(rows, USERS, organization, below("token"))
    if not keys:
        return 0
    users = await read_all(rows, USERS, organization, below("user"))
    wanted = {key for row in users for key in _token_keys(read_record(ProductUser, row))}
    return sum([await _drop(rows, organization, key, now) for key in keys if key not in wanted])


async def _drop(rows: Rows, organization: OrganizationId, key: str, now: datetime) -> bool:
    row = await rows.find(USERS, organization, key)
    if row is None or now - read_record(KeptToken, row).kept_at < SETTLED:
        return False
    user = await rows.find(USERS, organization, user_key(_user_of(row)))
    if user is not None and key in _token_keys(read_record(ProductUser, user)):
        return False
    try:
        await rows.commit(USERS, organization, [Remove(key, row.version)])
    except Conflict:  # somebody is at it
        return False
    return True


def _user_of(row: Row) -> ProductUserId:
    return ProductUserId(row.key.split("!")[1])


def _token_keys(user: ProductUser) -> set[str]:
    return {token_row_key(LinkKey(account.mailbox, user.organization, user.user)) for account in user.personal}
