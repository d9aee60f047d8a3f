"""Orgcal as the local stack runs it: its app registration at the stand-in and its settings."""

import secrets
import uuid
from dataclasses import dataclass

from local.trust import ClientCertificate, make_client_certificate


@dataclass(frozen=True, repr=False)
class AppRegistration:
    """The registration "Orgcal for organisations" (docs/architecture.md), made anew for each stack."""

    client_id: str
    certificate: ClientCertificate

    def entry(self, app_url: str) -> dict[str, object]:
        """The body of ``PUT /control/apps/{client_id}``."""
        return {
            "name": "Orgcal for organisations",
            "redirect_uris": [f"{app_url}/consent/callback", f"{app_url}/consent/signed-in"],
            "required_roles": ["User.Read.All", "Calendars.ReadWrite"],
            "delegated_scopes": ["openid", "profile"],
            "certificates": [self.certificate.certificate_pem],
            "group_membership_claims": "DirectoryRole",
        }


def make_app_registration() -> AppRegistration:
    return AppRegistration(str(uuid.uuid4()), make_client_certificate("orgcal"))


def app_settings(
    registration: AppRegistration, *, app_url: str, microsoft365_url: str, connection_string: str, ca_file: str
) -> dict[str, str]:
    """What the host's process environment holds; the certificate files are read by clients when they are imported."""
    return {
        "AzureWebJobsStorage": connection_string,
        "ORGCAL_BASE_URL": app_url,
        "ORGCAL_PRODUCT_NAME": "Example Scheduling",
        "ORGCAL_CLOUD": "global",
        "ORGCAL_AUTHORITY_URL": microsoft365_url,
        "ORGCAL_GRAPH_URL": microsoft365_url,
        "ORGCAL_CLIENT_ID": registration.client_id,
        "ORGCAL_CLIENT_CERTIFICATE": registration.certificate.key_and_certificate_pem,
        "ORGCAL_RETURN_ORIGINS": f"https://product.example,{app_url}",
        "ORGCAL_SIGNING_KEYS": secrets.token_urlsafe(48),
        "SSL_CERT_FILE": ca_file,
        "REQUESTS_CA_BUNDLE": ca_file,
    }
