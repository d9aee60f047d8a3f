"""The app registration asks for what the design allows and shows what the proof of the tenant needs."""

import json
from typing import Any

from tests.infra.bicep import INFRA

REGISTRATION: dict[str, Any] = json.loads((INFRA / "entra-organizations.json").read_text())

# Microsoft Graph's own ids, https://learn.microsoft.com/graph/permissions-reference (read 2026-11).
GRAPH = "00000003-0000-0000-c000-000000000000"
APPLICATION_PERMISSIONS = {
    "df021288-bdef-4463-88db-98f22de89214",  # User.Read.All
    "ef54d2bf-783f-4e0f-bca1-3210c0444d99",  # Calendars.ReadWrite
}
DELEGATED_PERMISSIONS = {
    "37f7f235-527c-4136-accd-4a02d197296e",  # openid
    "14dad69e-099b-42c9-810b-d002981feec1",  # profile
}


def test_registration_asks_for_two_application_permissions_and_nothing_more() -> None:
    (resource,) = REGISTRATION["requiredResourceAccess"]

    assert resource["resourceAppId"] == GRAPH
    assert _ids(resource, "Role") == APPLICATION_PERMISSIONS
    assert _ids(resource, "Scope") == DELEGATED_PERMISSIONS


def test_sign_in_shows_directory_roles_and_the_apps_own_role() -> None:
    (role,) = REGISTRATION["appRoles"]

    assert REGISTRATION["groupMembershipClaims"] == "DirectoryRole"
    assert (role["value"], role["allowedMemberTypes"], role["isEnabled"]) == ("Connect", ["User"], True)


def test_organizations_of_any_tenant_can_consent_but_personal_accounts_cannot() -> None:
    assert REGISTRATION["signInAudience"] == "AzureADMultipleOrgs"


def test_registration_holds_no_secret() -> None:
    assert not {"passwordCredentials", "keyCredentials"} & set(REGISTRATION)


def _ids(resource: dict[str, Any], kind: str) -> set[str]:
    return {access["id"] for access in resource["resourceAccess"] if access["type"] == kind}
