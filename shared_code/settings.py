"""The environment, read once into one frozen ``Settings``; everything that is wrong is said at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

NAMES = (
    "AzureWebJobsStorage",
    "ORGCAL_BASE_URL",
    "ORGCAL_PRODUCT_NAME",
    "ORGCAL_CLOUD",
    "ORGCAL_AUTHORITY_URL",
    "ORGCAL_GRAPH_URL",
    "ORGCAL_CLIENT_ID",
    "ORGCAL_CLIENT_CERTIFICATE",
    "ORGCAL_FEDERATED_IDENTITY",
    "ORGCAL_SIGNING_KEYS",
    "ORGCAL_LINK_DAYS",
    "ORGCAL_WINDOW_DAYS",
    "ORGCAL_RETURN_ORIGINS",
)


class Secret:
    """A value that does not show itself; ``reveal`` is easy to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"


class Endpoints(NamedTuple):
    authority: str
    graph: str
    token_exchange_audience: str  # what a managed identity's token is asked for, to serve as a client assertion


# https://learn.microsoft.com/graph/deployments and …/workload-identity-federation-config-app-trust-managed-identity
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
        "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn", "api://AzureADTokenExchangeChina"
    ),
}


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
    endpoints: Endpoints
    client_id: str
    client_certificate: Secret  # PEM: private key and certificate
    federated_identity: str  # client id of the managed identity whose token is the client assertion
    signing_keys: tuple[Secret, ...]  # the last one signs, all of them verify
    link_days: int
    window_days: int
    return_origins: tuple[str, ...]  # where portal pages may lead back to; lower case, without a path


class SettingsError(ValueError):
    """Lists every setting that is missing or wrong, one a line."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Raise ``SettingsError`` naming every fault, so that one deployment mends them all."""
    reader = _Reader(environment)
    settings = Settings(
        storage=_storage(reader),
        base_url=reader.https_url("ORGCAL_BASE_URL"),
        product_name=reader.text("ORGCAL_PRODUCT_NAME"),
        endpoints=_endpoints(reader),
        client_id=reader.text("ORGCAL_CLIENT_ID"),
        client_certificate=Secret(environment.get("ORGCAL_CLIENT_CERTIFICATE", "")),
        federated_identity=environment.get("ORGCAL_FEDERATED_IDENTITY", ""),
        signing_keys=_signing_keys(reader),
        link_days=reader.number("ORGCAL_LINK_DAYS", default=7, lowest=1, highest=30),
        window_days=reader.number("ORGCAL_WINDOW_DAYS", default=90, lowest=7, highest=365),
        return_origins=_origins(reader, "ORGCAL_RETURN_ORIGINS"),
    )
    if not settings.client_certificate and not settings.federated_identity:
        reader.faults.append("ORGCAL_CLIENT_CERTIFICATE or ORGCAL_FEDERATED_IDENTITY: one of them is needed")
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
