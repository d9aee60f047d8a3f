"""From JSON to a world: the same entries in a seed file and in the control interface's PUTs."""

from typing import Annotated
from uuid import uuid4

import msgspec
from cryptography import x509

from local.microsoft365.apps import Audience
from local.microsoft365.entra.refusals import REFUSAL_TEXTS
from local.microsoft365.settings import Settings
from local.microsoft365.tenants import MailboxScope, TenantRules
from local.microsoft365.time_zones import find_zone
from local.microsoft365.world import App, FederatedCredential, Person, Tenant, World

type Guid = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class NotPlausible(Exception):
    """Microsoft would never hold such an object; the text says why."""


class FederatedEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    issuer: str
    subject: str
    audience: str = "api://AzureADTokenExchange"


class AppEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An app registration; ``certificates`` are PEM texts."""

    name: str
    redirect_uris: tuple[str, ...] = ()
    required_roles: tuple[str, ...] = ()
    delegated_scopes: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    federated_credentials: tuple[FederatedEntry, ...] = ()
    group_membership_claims: str | None = None
    disabled: bool = False
    sign_in_audience: Audience = "AzureADMultipleOrgs"
    publisher_verified: bool = False
    home_tenant: Guid | None = None


class PersonEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A directory user; Graph's own properties keep Graph's names. Members are licensed by default, guests are not."""

    id: Guid = msgspec.field(default_factory=lambda: str(uuid4()))
    user_principal_name: str = msgspec.field(name="userPrincipalName")
    display_name: str | None = msgspec.field(name="displayName", default=None)
    mail: str | None = None
    proxy_addresses: list[str] = msgspec.field(name="proxyAddresses", default_factory=list)
    account_enabled: bool | None = msgspec.field(name="accountEnabled", default=True)
    user_type: str | None = msgspec.field(name="userType", default="Member")
    given_name: str | None = msgspec.field(name="givenName", default=None)
    surname: str | None = None
    job_title: str | None = msgspec.field(name="jobTitle", default=None)
    mobile_phone: str | None = msgspec.field(name="mobilePhone", default=None)
    office_location: str | None = msgspec.field(name="officeLocation", default=None)
    preferred_language: str | None = msgspec.field(name="preferredLanguage", default=None)
    business_phones: list[str] = msgspec.field(name="businessPhones", default_factory=list)
    other_mails: list[str] = msgspec.field(name="otherMails", default_factory=list)
    mail_nickname: str | None = msgspec.field(name="mailNickname", default=None)
    show_in_address_list: bool | None = msgspec.field(name="showInAddressList", default=None)
    directory_roles: tuple[Guid, ...] = ()
    app_roles: tuple[str, ...] = ()
    licensed: bool | None = None
    mailbox_time_zone: str | None = None
    home_tenant: Guid | None = None


class AccessPolicyEntry(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Object ids: ``only`` is RestrictAccess (None: no such policy), ``denied`` is DenyAccess."""

    only: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()


class TenantEntry(TenantRules, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A tenant; the three maps are keyed by client id, ``exchange_scope`` and ``access_policy`` hold object ids."""

    domain: str
    verified_domains: tuple[str, ...] = ()
    display_name: str = ""
    default_time_zone: str = "UTC"
    people: list[PersonEntry] = msgspec.field(default_factory=list)
    roles_granted: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    exchange_scope: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)
    access_policy: dict[str, AccessPolicyEntry] = msgspec.field(default_factory=dict)


class Seed(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    apps: dict[Guid, AppEntry] = msgspec.field(default_factory=dict)
    tenants: dict[Guid, TenantEntry] = msgspec.field(default_factory=dict)
    settings: Settings = msgspec.field(default_factory=Settings)


def plant(world: World, document: bytes) -> None:
    """Put a whole seed file into the world."""
    seed = msgspec.json.decode(document, type=Seed)
    world.settings = seed.settings
    for client_id, app in seed.apps.items():
        put_app(world, client_id, app)
    for tenant_id, tenant in seed.tenants.items():
        put_tenant(world, tenant_id, tenant)


def put_app(world: World, client_id: str, entry: AppEntry) -> App:
    try:
        certificates = tuple(x509.load_pem_x509_certificate(pem.encode()) for pem in entry.certificates)
    except ValueError as error:
        raise NotPlausible("a certificate is no PEM text") from error
    federated = tuple(
        FederatedCredential(each.issuer, each.subject, each.audience) for each in entry.federated_credentials
    )
    world.apps[client_id] = App(
        client_id=client_id,
        name=entry.name,
        redirect_uris=entry.redirect_uris,
        required_roles=entry.required_roles,
        delegated_scopes=entry.delegated_scopes,
        certificates=certificates,
        federated_credentials=federated,
        group_membership_claims=entry.group_membership_claims,
        disabled=entry.disabled,
        sign_in_audience=entry.sign_in_audience,
        publisher_verified=entry.publisher_verified,
        home_tenant=entry.home_tenant,
    )
    return world.apps[client_id]


def put_tenant(world: World, tenant_id: str, entry: TenantEntry) -> Tenant:
    """A new tenant in place of any earlier one, its directory and grants included."""
    tenant = Tenant(tenant_id, entry.domain.lower())
    configure_tenant(tenant, entry)
    for person in entry.people:
        put_person(tenant, person)
    for client_id, roles in entry.roles_granted.items():
        grant(world, tenant, client_id, roles)
    world.tenants[tenant_id] = tenant
    return tenant


def configure_tenant(tenant: Tenant, entry: TenantEntry) -> None:
    """Everything of the entry but people and grants."""
    unknown = set(entry.sign_in_refusals.values()) - REFUSAL_TEXTS.keys()
    if unknown:
        raise NotPlausible(f"no text is known for the refusals {sorted(unknown)}")
    tenant.domain = entry.domain.lower()
    tenant.verified_domains = tuple(domain.lower() for domain in entry.verified_domains)
    tenant.display_name = entry.display_name or entry.domain
    tenant.default_time_zone = entry.default_time_zone
    tenant.rules = TenantRules(**{name: getattr(entry, name) for name in TenantRules.__struct_fields__})
    tenant.mailbox_scopes = {
        client_id: MailboxScope(
            granted=entry.exchange_scope.get(client_id),
            only=entry.access_policy.get(client_id, AccessPolicyEntry()).only,
            denied=entry.access_policy.get(client_id, AccessPolicyEntry()).denied,
        )
        for client_id in {*entry.exchange_scope, *entry.access_policy}
    }


def grant(
    world: World, tenant: Tenant, client_id: str, roles: tuple[str, ...], scopes: tuple[str, ...] | None = None
) -> None:
    """Grant at once, without a person and without waiting for anything to spread."""
    app = world.apps.get(client_id)
    principal = world.open_service_principal(tenant, client_id)
    principal.roles = roles
    principal.scopes = scopes if scopes is not None else app.delegated_scopes if app else ()
    principal.visible_at = principal.created_at
    principal.consented_at = None


def put_person(tenant: Tenant, entry: PersonEntry) -> Person:
    """Add or replace a person; a mailbox that was opened stays."""
    _check(tenant, entry)
    values = {name: getattr(entry, name) for name in PersonEntry.__struct_fields__ if name not in _WORKED_OUT}
    before = tenant.directory.find_deleted_too(entry.id)
    is_guest = entry.user_type == "Guest" or entry.home_tenant is not None
    person = Person(
        **values,
        licensed=not is_guest if entry.licensed is None else entry.licensed,
        mailbox_time_zone=entry.mailbox_time_zone or tenant.default_time_zone,
        mailbox=before.mailbox if before else None,
    )
    tenant.directory.put(person)
    return person


_WORKED_OUT = frozenset({"mailbox_time_zone", "licensed"})


def entry_of(person: Person) -> PersonEntry:
    return PersonEntry(**{name: getattr(person, name) for name in PersonEntry.__struct_fields__})


def _check(tenant: Tenant, entry: PersonEntry) -> None:
    """What Entra itself enforces: a userPrincipalName is unique, and ends in a domain that the tenant has verified."""
    find_zone(entry.mailbox_time_zone or tenant.default_time_zone)  # an unknown one is a ValueError that names it
    _, at, domain = entry.user_principal_name.rpartition("@")
    if not at or domain.lower() not in (tenant.domain, *tenant.verified_domains):
        raise NotPlausible(f"{entry.user_principal_name} is in no verified domain of the tenant")
    holder = tenant.directory.find_by_key(entry.user_principal_name)
    if holder is not None and holder.id != entry.id:
        raise NotPlausible(f"{entry.user_principal_name} belongs to {holder.id} already")
