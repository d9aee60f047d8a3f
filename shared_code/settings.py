"""The environment, read once into one frozen ``Settings``; everything that is wrong is said at once."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from shared_code.core.secret import Secret
from shared_code.core.token_key import TokenKey, read_token_keys

NAMES = (
    "AzureWebJobsStorage",
    "ORGCAL_BASE_URL",
    "ORGCAL_PRODUCT_NAME",
    "ORGCAL_LOGO",
    "ORGCAL_COLOR",
    "ORGCAL_CLOUD",
    "ORGCAL_AUTHORITY_URL",
    "ORGCAL_GRAPH_URL",
    "ORGCAL_CLIENT_ID",
    "ORGCAL_CLIENT_CERTIFICATE",
    "ORGCAL_FEDERATED_IDENTITY",
    "ORGCAL_PERSONAL_CLIENT_ID",
    "ORGCAL_PERSONAL_CLIENT_CERTIFICATE",
    "ORGCAL_TOKEN_KEYS",
    "ORGCAL_TOKEN_KEY_VAULT_KEY",
    "ORGCAL_SIGNING_KEYS",
    "ORGCAL_LINK_DAYS",
    "ORGCAL_WINDOW_DAYS",
    "ORGCAL_RETURN_ORIGINS",
    "ORGCAL_EVENTS_URL",
    "ORGCAL_EVENTS_SECRETS",
)


class Endpoints(NamedTuple):
    authority: str
    graph: str
    token_exchange_audience: str  # what a managed identity's token is asked for, to serve as a client assertion


# https://learn.microsoft.com/graph/deployments, …/entra/identity-platform/authentication-national-cloud and
# …/workload-identity-federation-config-app-trust-managed-identity
CLOUDS = {
    "global": Endpoints(
        "https://login.microsoftonline.com", "https://graph.microsoft.com", "api://AzureADTokenExchange"
    ),
    "usgov": Endpoints(
        "https://login.microsoftonline.us", "https://graph.microsoft.us", "api://AzureADTokenExchangeUSGov"
    ),
    "usgovdod": Endpoints(
        "https://login.microsoftonline.us", "https://dod-graph.microsoft.us", "api://AzureADTokenExchangeUSGov"
    ),
    "china": Endpoints(
        # What Graph's page names, login.chinacloudapi.cn, answers as well; but this one is the issuer of its ID tokens.
        "https://login.partner.microsoftonline.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "api://AzureADTokenExchangeChina",
    ),
}


class Logo(NamedTuple):
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Storage:
    """Azure Tables and Queues: by a connection string (local), or by service addresses and a managed identity."""

    connection_string: Secret
    table_url: str
    queue_url: str
    identity: str  # client id of the user-assigned identity; empty: the system's own


@dataclass(frozen=True)
class Settings:
    storage: Storage
    base_url: str  # https, without a trailing slash
    product_name: str
    logo: Logo | None
    color: str  # #rrggbb, lower case
    endpoints: Endpoints
    client_id: str
    client_certificate: Secret  # PEM: private key and certificate
    federated_identity: str  # client id of the managed identity whose token is the client assertion
    personal_client_id: str  # of the registration for accounts that people connect themselves; empty: nobody can
    personal_client_certificate: Secret
    token_keys: tuple[TokenKey, ...]  # the last one seals refresh tokens, all of them open
    token_key_vault_key: str  # identifier, without a version, of the key in Key Vault that wraps them; empty: none does
    signing_keys: tuple[Secret, ...]  # the last one signs, all of them verify
    link_days: int
    window_days: int
    return_origins: tuple[str, ...]  # where portal pages may lead back to; lower case, without a path
    events_url: Secret  # empty: events are listed and sent nowhere
    events_secrets: tuple[Secret, ...]  # each as ``whsec_`` and base64; all of them sign


class SettingsError(ValueError):
    """Lists every setting that is missing or wrong, one a line."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raise ``SettingsError`` naming every fault, so that one deployment mends them all."""
    reader = _Reader(environment)
    settings = Settings(
        storage=_storage(reader),
        base_url=reader.https_url("ORGCAL_BASE_URL"),
        product_name=reader.text("ORGCAL_PRODUCT_NAME"),
        logo=_logo(reader),
        color=_color(reader),
        endpoints=_endpoints(reader),
        client_id=reader.text("ORGCAL_CLIENT_ID"),
        client_certificate=Secret(environment.get("ORGCAL_CLIENT_CERTIFICATE", "")),
        federated_identity=environment.get("ORGCAL_FEDERATED_IDENTITY", ""),
        personal_client_id=_personal_client_id(reader),
        personal_client_certificate=Secret(environment.get("ORGCAL_PERSONAL_CLIENT_CERTIFICATE", "")),
        token_keys=_token_keys(reader),
        token_key_vault_key=_vault_key(reader),
        signing_keys=_signing_keys(reader),
        link_days=reader.number("ORGCAL_LINK_DAYS", default=7, lowest=1, highest=30),
        window_days=reader.number("ORGCAL_WINDOW_DAYS", default=90, lowest=7, highest=365),
        return_origins=_origins(reader, "ORGCAL_RETURN_ORIGINS"),
        events_url=_events_url(reader),
        events_secrets=_events_secrets(reader),
    )
    if not settings.client_certificate and not settings.federated_identity:
        reader.faults.append("ORGCAL_CLIENT_CERTIFICATE or ORGCAL_FEDERATED_IDENTITY: one of them is needed")
    if settings.personal_client_id and not settings.personal_client_certificate and not settings.federated_identity:
        reader.faults.append("ORGCAL_PERSONAL_CLIENT_CERTIFICATE or ORGCAL_FEDERATED_IDENTITY: one of them is needed")
    if reader.faults:
        raise SettingsError("the settings are not usable:\n  " + "\n  ".join(reader.faults))
    return settings


class _Reader:
    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def optional(self, name: str, default: str = "") -> str:
        return self._environment.get(name, "").strip() or default

    def text(self, name: str) -> str:
        value = self.optional(name)
        if not value:
            self.faults.append(f"{name}: missing")
        return value

    def https_url(self, name: str, default: str = "") -> str:
        value = (self.optional(name, default) if default else self.text(name)).rstrip("/")
        if value and (urlsplit(value).scheme != "https" or not urlsplit(value).hostname):
            self.faults.append(f"{name}: must be an https address, is {value!r}")
        return value

    def number(self, name: str, *, default: int, lowest: int, highest: int) -> int:
        value = self.optional(name, str(default))
        if not value.isascii() or not value.isdigit() or not lowest <= int(value) <= highest:
            self.faults.append(f"{name}: must be a whole number from {lowest} to {highest}, is {value!r}")
            return default
        return int(value)


def _storage(reader: _Reader) -> Storage:
    connection_string = reader.optional("AzureWebJobsStorage")
    table_url = reader.optional("AzureWebJobsStorage__tableServiceUri")
    queue_url = reader.optional("AzureWebJobsStorage__queueServiceUri")
    if not connection_string and not (table_url and queue_url):
        reader.faults.append(
            "AzureWebJobsStorage: missing (or AzureWebJobsStorage__tableServiceUri and __queueServiceUri)"
        )
    return Storage(Secret(connection_string), table_url, queue_url, reader.optional("AzureWebJobsStorage__clientId"))


def _personal_client_id(reader: _Reader) -> str:
    """Another registration than the organisations', so that what those consent to stays at two permissions."""
    client_id = reader.optional("ORGCAL_PERSONAL_CLIENT_ID")
    if client_id and client_id == reader.optional("ORGCAL_CLIENT_ID"):
        reader.faults.append("ORGCAL_PERSONAL_CLIENT_ID: must be a registration of its own, is that of organisations")
    return client_id


def _token_keys(reader: _Reader) -> tuple[TokenKey, ...]:
    is_wrapped = bool(reader.optional("ORGCAL_TOKEN_KEY_VAULT_KEY"))
    try:
        keys = read_token_keys(reader.optional("ORGCAL_TOKEN_KEYS"), wrapped=is_wrapped)
    except ValueError:
        form = "id:version:base64 of a wrapped key" if is_wrapped else "id:base64 of 32 random bytes"
        reader.faults.append(f"ORGCAL_TOKEN_KEYS: each is {form}, with an id of its own")
        return ()
    if not keys and reader.optional("ORGCAL_PERSONAL_CLIENT_ID"):
        reader.faults.append("ORGCAL_TOKEN_KEYS: one is needed to seal the tokens of ORGCAL_PERSONAL_CLIENT_ID")
    return keys


# https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-identifiers
_VAULT_KEY = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?/keys/[A-Za-z0-9-]+")


def _vault_key(reader: _Reader) -> str:
    """Without a version: each wrapped key names the one that wrapped it, so that a new version breaks nothing."""
    value = reader.optional("ORGCAL_TOKEN_KEY_VAULT_KEY")
    if value and not _VAULT_KEY.fullmatch(value):
        reader.faults.append("ORGCAL_TOKEN_KEY_VAULT_KEY: must be https://….vault.azure.net/keys/…, without a version")
    return value


LARGEST_LOGO = 16 * 1024  # bytes, so that a page with it stays light
_LOGO = re.compile(r"data:(image/svg\+xml|image/png);base64,([A-Za-z0-9+/=]+)")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_BLUE = "#1d5bbf"


def _logo(reader: _Reader) -> Logo | None:
    """As a data: address, so that branding needs no file beside the app's own."""
    value = reader.optional("ORGCAL_LOGO")
    found = _LOGO.fullmatch(value)
    try:
        logo = Logo(found[1], b64decode(found[2], validate=True)) if found else None
    except ValueError:
        logo = None
    if value and (logo is None or len(logo.content) > LARGEST_LOGO):
        reader.faults.append(
            "ORGCAL_LOGO: must be data:image/svg+xml;base64,… or data:image/png;base64,… of at most 16 KiB"
        )
    return logo


def _color(reader: _Reader) -> str:
    value = reader.optional("ORGCAL_COLOR", _BLUE).lower()
    if not _COLOR.fullmatch(value):
        reader.faults.append(f"ORGCAL_COLOR: must be a colour such as #1d5bbf, is {value!r}")
    return value


def _endpoints(reader: _Reader) -> Endpoints:
    cloud = reader.optional("ORGCAL_CLOUD", "global")
    if cloud not in CLOUDS:
        reader.faults.append(f"ORGCAL_CLOUD: must be one of {', '.join(CLOUDS)}, is {cloud!r}")
        cloud = "global"
    endpoints = CLOUDS[cloud]
    return endpoints._replace(
        authority=reader.https_url("ORGCAL_AUTHORITY_URL", endpoints.authority),
        graph=reader.https_url("ORGCAL_GRAPH_URL", endpoints.graph),
    )


def _origins(reader: _Reader, name: str) -> tuple[str, ...]:
    """https, or http on this very machine, for whoever develops the product."""
    origins = tuple(each.strip().lower().rstrip("/") for each in reader.optional(name).split(",") if each.strip())
    for origin in origins:
        split = urlsplit(origin)
        is_local = split.scheme == "http" and split.hostname in {"localhost", "127.0.0.1"}
        is_plain = bool(split.hostname) and origin == f"{split.scheme}://{split.netloc}" and "@" not in origin
        if not is_plain or not (split.scheme == "https" or is_local):
            reader.faults.append(f"{name}: must be origins such as https://product.example, has {origin!r}")
    return origins


SHORTEST_SIGNING_KEY = 32  # characters


def _signing_keys(reader: _Reader) -> tuple[Secret, ...]:
    keys = [key.strip() for key in reader.text("ORGCAL_SIGNING_KEYS").split(",") if key.strip()]
    if not keys or any(len(key) < SHORTEST_SIGNING_KEY for key in keys):
        reader.faults.append(
            f"ORGCAL_SIGNING_KEYS: one key or more, each of at least {SHORTEST_SIGNING_KEY} characters"
        )
    return tuple(Secret(key) for key in keys)


LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _events_url(reader: _Reader) -> Secret:
    """https; a product on the same machine, as beside a local stack, may do without."""
    value = reader.optional("ORGCAL_EVENTS_URL")
    if value and not _may_be_told(value):
        reader.faults.append("ORGCAL_EVENTS_URL: must be an https address with a host, without a user and a fragment")
    return Secret(value)


def _may_be_told(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    except ValueError:
        return False
    return is_safe and bool(parts.hostname) and parts.username is None and not parts.fragment


# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (read 2026-11)
EVENTS_SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret begins with
EVENTS_SECRET_BYTES = range(24, 65)


def _events_secrets(reader: _Reader) -> tuple[Secret, ...]:
    texts = [text.strip() for text in reader.optional("ORGCAL_EVENTS_SECRETS").split(",") if text.strip()]
    if not all(_is_events_secret(text) for text in texts):
        reader.faults.append(
            f"ORGCAL_EVENTS_SECRETS: each is {EVENTS_SECRET_PREFIX} and the base64 of 24 to 64 random bytes"
        )
    if not texts and reader.optional("ORGCAL_EVENTS_URL"):
        reader.faults.append("ORGCAL_EVENTS_SECRETS: one is needed to sign what is sent to ORGCAL_EVENTS_URL")
    return tuple(Secret(text) for text in texts)


def _is_events_secret(text: str) -> bool:
    try:
        return len(b64decode(text.removeprefix(EVENTS_SECRET_PREFIX), validate=True)) in EVENTS_SECRET_BYTES and (
            text.startswith(EVENTS_SECRET_PREFIX)
        )
    except ValueError:
        return False
