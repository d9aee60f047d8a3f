"""Refresh tokens at rest: one row each (tables/token_rows.py), encrypted for one organisation, user and account."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from secrets import token_bytes

from cryptography.exceptions import InvalidTag

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import Insert, Property, Remove, Replace, Rows
from shared_code.adapters.tables.token_rows import KeptToken, token_row_key
from shared_code.adapters.token_keys import TokenKeys
from shared_code.core.ids import LinkKey
from shared_code.core.secret import Secret
from shared_code.errors import Conflict, Forged, TryLater, Unexpected
from shared_code.logs import warn
from shared_code.personal_ports import SealedToken
from shared_code.ports import Clock, Stored

# Random ones do for 2^32 messages under one key: https://doi.org/10.6028/NIST.SP.800-38D, 8.3
NONCE_BYTES = 12
TRIES = 5
_PURPOSE = "orgcal refresh token"


class TableTokenVault:
    def __init__(self, rows: Rows, keys: TokenKeys, clock: Clock) -> None:
        self._rows = rows
        self._keys = keys
        self._clock = clock

    async def seal(self, link: LinkKey, refresh_token: Secret) -> SealedToken:
        key_id = self._keys.newest
        cipher = await self._keys.cipher(key_id)
        if cipher is None:
            raise Unexpected(f"the token key {key_id} is listed and is not there")
        nonce = token_bytes(NONCE_BYTES)
        sealed = nonce + cipher.encrypt(nonce, refresh_token.reveal().encode(), _bound_to(link))
        return SealedToken(key_id, urlsafe_b64encode(sealed).rstrip(b"=").decode())

    async def open(self, link: LinkKey, sealed: SealedToken) -> Secret:
        """Forged if it was sealed for another link, or changed; TryLater if its key is not listed (any more): the list
        can be mended, and then nobody has lost anything."""
        cipher = await self._keys.cipher(sealed.key_id)
        if cipher is None:
            warn("token_key_missing", key=sealed.key_id)
            raise TryLater(f"a refresh token was sealed with the key {sealed.key_id}, which ORGCAL_TOKEN_KEYS lacks")
        try:
            content = urlsafe_b64decode(sealed.ciphertext + "==")
            opened = cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], _bound_to(link))
        except (InvalidTag, ValueError) as error:
            raise Forged("refresh_token") from error
        return Secret(opened.decode())

    def is_newest(self, sealed: SealedToken) -> bool:
        return sealed.key_id == self._keys.newest

    async def keep(self, link: LinkKey, sealed: SealedToken) -> None:
        for _ in range(TRIES):
            stored = await self.find(link)
            newest = sealed if stored is None or sealed.is_newer(stored.value) else stored.value
            key, record = token_row_key(link), self._record(newest)
            change = Insert(key, record) if stored is None else Replace(key, record, stored.version)
            try:
                await self._rows.commit(USERS, link.organization, [change])
            except Conflict:  # somebody has just refreshed it, forgotten it, or signed in elsewhere
                continue
            return
        raise Conflict(f"the token of {link.mailbox} of user {link.user} does not hold still")

    async def find(self, link: LinkKey) -> Stored[SealedToken] | None:
        row = await self._rows.find(USERS, link.organization, token_row_key(link))
        if row is None:
            return None
        kept = read_record(KeptToken, row)
        return Stored(SealedToken(kept.key_id, kept.ciphertext, kept.signed_in_at), row.version)

    async def replace(self, link: LinkKey, stored: Stored[SealedToken], sealed: SealedToken) -> None:
        """As what came of the same sign-in. Conflict if there is another one, or none any more."""
        of_the_same = replace(sealed, signed_in_at=stored.value.signed_in_at)
        change = Replace(token_row_key(link), self._record(of_the_same), stored.version)
        await self._rows.commit(USERS, link.organization, [change])

    async def forget(self, link: LinkKey) -> None:
        await self._rows.discard(USERS, link.organization, token_row_key(link))

    async def forget_this(self, link: LinkKey, stored: Stored[SealedToken]) -> None:
        """Conflict if there is another one by now."""
        try:
            await self._rows.commit(USERS, link.organization, [Remove(token_row_key(link), stored.version)])
        except Conflict:
            if await self.find(link) is not None:
                raise

    def _record(self, sealed: SealedToken) -> dict[str, Property]:
        return write_record(KeptToken(sealed.key_id, sealed.ciphertext, self._clock.now(), sealed.signed_in_at))


def _bound_to(link: LinkKey) -> bytes:
    """Associated data. Each part is led by its length, so that no two links have the same."""
    parts = (_PURPOSE, link.organization, link.user, link.mailbox.tenant, link.mailbox.user_id)
    return b"".join(len(part := text.encode()).to_bytes(4) + part for text in parts)
