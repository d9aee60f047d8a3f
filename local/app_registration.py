"""Orgcal as the local stack runs it: its two app registrations at the stand-in, and its settings."""

import base64
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from local.trust import ClientCertificate, make_client_certificate

_TOKEN_KEY_BYTES = 32  # AES-256


@dataclass(frozen=True, repr=False)
class AppRegistration:
    """An app as Entra knows it, made anew for each stack."""

    client_id: str
    certificate: ClientCertificate


@dataclass(frozen=True, repr=False)
class AppRegistrations:
    """Two of them, so that an organisation's consent stays at two permissions (docs/architecture.md)."""

    organizations: AppRegistration
    personal: AppRegistration

    def entries(self, app_url: str) -> Iterator[tuple[str, dict[str, object]]]:
        """Client ids, and bodies of ``PUT /control/apps/{client_id}``."""
        yield self.organizations.client_id, _for_organizations(self.organizations, app_url)
        yield self.personal.client_id, _for_people(self.personal, app_url)


def _for_organizations(registration: AppRegistration, app_url: str) -> dict[str, object]:
    return {
        "name": "Orgcal for organisations",
        "redirect_uris": [f"{app_url}/consent/callback", f"{app_url}/consent/signed-in"],
        "required_roles": ["User.Read.All", "Calendars.ReadWrite"],
        "delegated_scopes": ["openid", "profile"],
        "certificates": [registration.certificate.certificate_pem],
        "group_membership_claims": "DirectoryRole",
    }


def _for_people(registration: AppRegistration, app_url: str) -> dict[str, object]:
    """What people sign in to who connect a calendar themselves, of an organisation or of Outlook.com."""
    return {
        "name": "Orgcal",
        "redirect_uris": [f"{app_url}/personal/callback", f"{app_url}/personal/consented"],
        "delegated_scopes": ["offline_access", "openid", "profile", "User.Read", "Calendars.ReadWrite"],
        "certificates": [registration.certificate.certificate_pem],
        "sign_in_audience": "AzureADandPersonalMicrosoftAccount",
    }


def make_app_registrations() -> AppRegistrations:
    return AppRegistrations(_make("orgcal"), _make("orgcal-personal"))


def _make(common_name: str) -> AppRegistration:
    return AppRegistration(str(uuid.uuid4()), make_client_certificate(common_name))


def app_settings(
    registrations: AppRegistrations, *, app_url: str, microsoft365_url: str, connection_string: str, ca_file: str
) -> dict[str, str]:
    """What the host's process environment holds; the certificate files are read by clients when they are imported."""
    return {
        "AzureWebJobsStorage": connection_string,
        "ORGCAL_BASE_URL": app_url,
        "ORGCAL_PRODUCT_NAME": "Example Scheduling",
        "ORGCAL_CLOUD": "global",
        "ORGCAL_AUTHORITY_URL": microsoft365_url,
        "ORGCAL_GRAPH_URL": microsoft365_url,
        "ORGCAL_CLIENT_ID": registrations.organizations.client_id,
        "ORGCAL_CLIENT_CERTIFICATE": registrations.organizations.certificate.key_and_certificate_pem,
        "ORGCAL_PERSONAL_CLIENT_ID": registrations.personal.client_id,
        "ORGCAL_PERSONAL_CLIENT_CERTIFICATE": registrations.personal.certificate.key_and_certificate_pem,
        "ORGCAL_TOKEN_KEYS": make_token_key("local"),
        "ORGCAL_RETURN_ORIGINS": f"https://product.example,{app_url}",
        "ORGCAL_SIGNING_KEYS": secrets.token_urlsafe(48),
        "SSL_CERT_FILE": ca_file,
        "REQUESTS_CA_BUNDLE": ca_file,
    }


def make_token_key(key_id: str) -> str:
    """A key that seals refresh tokens, as ORGCAL_TOKEN_KEYS lists them."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(_TOKEN_KEY_BYTES)).decode()}"
