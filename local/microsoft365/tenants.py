"""A tenant, what it has granted to which app, and how it answers people who ask for consent."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec

from local.microsoft365.directory import Directory

type DeclinedAs = Literal["consent_required", "permission_denied", "access_denied"]
type UserConsent = Literal["allowed", "verified_publishers", "admin_only", "request_workflow"]


class TenantRules(msgspec.Struct, frozen=True, kw_only=True):
    """How this tenant behaves, all settable.

    ``sign_in_spread_seconds`` and ``sign_in_refused_at``: how long after a consent a sign-in still meets AADSTS65001,
    and where. ``consent_refusal``: an AADSTS code with which every consent ends, whoever gives it.
    ``sign_in_refusals``: by client id, an AADSTS code with which every sign-in to that app ends, on Microsoft's page
    or, with ``sign_in_refusals_return``, back at the app.
    ``requires_mfa``, ``sign_in_frequency_seconds``: conditional access; a refresh token from before does not pass.
    """

    user_consent: UserConsent = "allowed"
    declined_as: DeclinedAs = "consent_required"
    return_link: bool = True
    consent_refusal: int | None = None
    sign_in_refusals: dict[str, int] = msgspec.field(default_factory=dict)
    sign_in_refusals_return: bool = False
    requires_mfa: bool = False
    sign_in_frequency_seconds: float | None = None
    propagation_seconds: float = 0.0
    before_propagation: Literal["token_without_roles", "no_service_principal"] = "token_without_roles"
    sign_in_spread_seconds: float = 0.0
    sign_in_refused_at: Literal["authorize", "token"] = "authorize"


@dataclass(slots=True)
class ServicePrincipal:
    """The enterprise app: one app in one tenant. ``roles`` are visible in tokens from ``visible_at`` on."""

    id: str
    client_id: str
    created_at: datetime
    visible_at: datetime
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    scopes_of_person: dict[str, tuple[str, ...]] = field(default_factory=dict)
    consented_at: datetime | None = None
    disabled: bool = False
    assignment_required: bool = False
    assigned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MailboxScope:
    """What Exchange itself says about one app, beside Entra: object ids of people, None where nothing is set.

    ``granted``: RBAC for Applications. ``only`` and ``denied``: application access policy,
    RestrictAccess and DenyAccess.
    """

    granted: frozenset[str] | None = None
    only: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What somebody wrote who may not consent, to the administrators who may."""

    client_id: str
    person: str
    reason: str
    at: datetime


@dataclass(slots=True)
class Tenant:
    """``sign_ins_valid_from``: by object id, the instant before which no sign-in counts any more."""

    id: str
    domain: str
    verified_domains: tuple[str, ...] = ()
    display_name: str = ""
    default_time_zone: str = "UTC"
    rules: TenantRules = field(default_factory=TenantRules)
    directory: Directory = field(default_factory=Directory)
    service_principals: dict[str, ServicePrincipal] = field(default_factory=dict)
    mailbox_scopes: dict[str, MailboxScope] = field(default_factory=dict)
    sign_ins_valid_from: dict[str, datetime] = field(default_factory=dict)
    approval_requests: list[ApprovalRequest] = field(default_factory=list)

    def mailbox_scope(self, client_id: str) -> MailboxScope:
        return self.mailbox_scopes.get(client_id, MailboxScope())
