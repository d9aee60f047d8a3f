"""Everything the stand-in knows: apps, tenants, keys, sessions, script and log, in memory."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from local.clock import Clock
from local.microsoft365.apps import App, FederatedCredential
from local.microsoft365.entra.codes import Codes
from local.microsoft365.entra.forgery import Forgery
from local.microsoft365.entra.refresh_tokens import RefreshTokens
from local.microsoft365.entra.sessions import Sessions
from local.microsoft365.entra.signing_keys import SigningKeys
from local.microsoft365.faults import FaultScript
from local.microsoft365.mail_log import MailLog
from local.microsoft365.mailroom import Mailroom
from local.microsoft365.outbound import Outbound
from local.microsoft365.people import Person
from local.microsoft365.personal_accounts import PERSONAL_ACCOUNTS, personal_tenant
from local.microsoft365.request_log import RequestLog
from local.microsoft365.settings import Settings
from local.microsoft365.subscriptions import Subscriptions
from local.microsoft365.tenants import MailboxScope, ServicePrincipal, Tenant, TenantRules
from local.microsoft365.throttling import Throttling

__all__ = [
    "App",
    "FederatedCredential",
    "MailboxScope",
    "Person",
    "ServicePrincipal",
    "Tenant",
    "TenantRules",
    "World",
]


def _tenants_of_the_first_day() -> dict[str, Tenant]:
    return {PERSONAL_ACCOUNTS: personal_tenant()}


@dataclass(slots=True)
class World:
    """One Microsoft. ``base_url`` has no slash at its end; Graph is at ``{base_url}/v1.0``.

    ``tickets``: the opaque access tokens of personal accounts, each with what it stands for.
    """

    clock: Clock
    base_url: str
    apps: dict[str, App] = field(default_factory=dict)
    tenants: dict[str, Tenant] = field(default_factory=_tenants_of_the_first_day)
    settings: Settings = field(default_factory=Settings)
    keys: SigningKeys = field(default_factory=SigningKeys)
    sessions: Sessions = field(default_factory=Sessions)
    codes: Codes = field(default_factory=Codes)
    refresh_tokens: RefreshTokens = field(default_factory=RefreshTokens)
    tickets: dict[str, str] = field(default_factory=dict)
    faults: FaultScript = field(default_factory=FaultScript)
    requests: RequestLog = field(default_factory=RequestLog)
    throttling: Throttling = field(default_factory=Throttling)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    mailroom: Mailroom = field(default_factory=Mailroom)
    mails: MailLog = field(default_factory=MailLog)
    outbound: Outbound = field(default_factory=Outbound)
    forgery: Forgery | None = None
    link_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    def now(self) -> datetime:
        return self.clock.now()

    def find_tenant(self, segment: str) -> Tenant | None:
        """The tenant that a path segment names by GUID or by one of its domains."""
        folded = segment.lower()
        if is_guid(folded):
            return self.tenants.get(folded)
        return next(
            (each for each in self.tenants.values() if folded in (each.domain, *each.verified_domains)),
            None,
        )

    def open_service_principal(self, tenant: Tenant, client_id: str) -> ServicePrincipal:
        """The enterprise app of this app in this tenant, made if it is not there yet."""
        if client_id not in tenant.service_principals:
            now = self.now()
            tenant.service_principals[client_id] = ServicePrincipal(str(uuid4()), client_id, now, now)
        return tenant.service_principals[client_id]


def is_guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
