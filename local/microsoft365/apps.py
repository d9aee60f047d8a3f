"""An app registration: what Entra knows of a client before any tenant has met it."""

from dataclasses import dataclass
from typing import Literal

from cryptography.x509 import Certificate

type Audience = Literal["AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount"]


@dataclass(frozen=True, slots=True)
class FederatedCredential:
    issuer: str
    subject: str
    audience: str


@dataclass(frozen=True, slots=True)
class App:
    client_id: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    required_roles: tuple[str, ...] = ()
    delegated_scopes: tuple[str, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    federated_credentials: tuple[FederatedCredential, ...] = ()
    group_membership_claims: str | None = None
    disabled: bool = False
    sign_in_audience: Audience = "AzureADMultipleOrgs"
    publisher_verified: bool = False
    home_tenant: str | None = None
    """For a single-tenant app the only tenant it can be used in; None for a multi-tenant one."""

    @property
    def takes_personal_accounts(self) -> bool:
        return self.sign_in_audience == "AzureADandPersonalMicrosoftAccount"
