"""What the flows need for accounts that people connect themselves: Microsoft's sign-in, and a place for the tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared_code.core.ids import LinkKey, TenantId, UserId
from shared_code.core.personal_sign_in import PersonalSignIn
from shared_code.core.secret import Secret
from shared_code.ports import Stored


@dataclass(frozen=True)
class PersonalProof:
    """What a verified ID token says of the account, and the refresh token that came with it."""

    tenant: TenantId
    user_id: UserId
    account: str  # preferred_username, to show; never to authorise
    refresh_token: Secret


class PersonalAuthority(Protocol):
    """Entra, as the registration for personal connections sees it: every organisation's accounts and Outlook.com's."""

    def sign_in_url(self, state: str, nonce: str, code_challenge: str, login_hint: str | None) -> str: ...

    async def redeem(self, code: str, code_verifier: str, nonce: str) -> PersonalProof:
        """Exchange the code and verify the ID token; Forged, TryLater, or SignInRefused in Entra's words."""
        ...

    def consent_url(self, tenant: TenantId | None) -> str:
        """Where a Microsoft administrator allows the app for everybody in the tenant; None: in whichever they are."""
        ...


@dataclass(frozen=True)
class SealedToken:
    """A refresh token, encrypted for one organisation, user and account: it opens for no other."""

    key_id: str
    ciphertext: str  # unpadded base64url of nonce, ciphertext and tag
    signed_in_at: datetime | None = None  # the sign-in that it, or the one that it was refreshed from, came of

    def is_newer(self, kept: "SealedToken") -> bool:
        """Whether it takes the place of this one. Of one sign-in the one that is there stays: it may be refreshed."""
        if self.signed_in_at is None or kept.signed_in_at is None:
            return True
        return self.signed_in_at > kept.signed_in_at


class TokenVault(Protocol):
    async def seal(self, link: LinkKey, refresh_token: Secret) -> SealedToken:
        """TryLater if the key cannot be had just now."""
        ...

    async def keep(self, link: LinkKey, sealed: SealedToken) -> None:
        """In place of whatever is there; if that comes of a later sign-in it stays, and is written anew like any other,
        so that nobody forgets it who has seen it before. It is kept before the account stands in the user's row, since
        a link whose token is missing is taken for lost; one without an account is deleted by the daily walk."""
        ...

    async def find(self, link: LinkKey) -> Stored[SealedToken] | None: ...

    async def forget(self, link: LinkKey) -> None:
        """Also if there is none."""
        ...

    async def forget_this(self, link: LinkKey, stored: Stored[SealedToken]) -> None:
        """Conflict, and nothing done, if it is another one by now; one that is gone is fine."""
        ...


class PersonalSignIns(Protocol):
    """Beside the administrators' sign-ins, and forgotten with them: ``Due`` of kind ``sign_in``."""

    async def create(self, sign_in: PersonalSignIn) -> None: ...

    async def find(self, sign_in: str) -> Stored[PersonalSignIn] | None: ...

    async def save(self, stored: Stored[PersonalSignIn], changed: PersonalSignIn) -> None:
        """Conflict if it has moved on, or is gone."""
        ...
