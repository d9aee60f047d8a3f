"""The second registration asks people for their own calendars only, and organisations for nothing."""

import json
from typing import Any

from tests.infra.bicep import INFRA

REGISTRATION: dict[str, Any] = json.loads((INFRA / "entra-personal.json").read_text())
ORGANIZATIONS: dict[str, Any] = json.loads((INFRA / "entra-organizations.json").read_text())

# Microsoft Graph's own ids, https://learn.microsoft.com/graph/permissions-reference (read 2026-11).
GRAPH = "00000003-0000-0000-c000-000000000000"
DELEGATED_PERMISSIONS = {
    "7427e0e9-2fba-42fe-b0c0-848c9e6a8182",  # offline_access
    "37f7f235-527c-4136-accd-4a02d197296e",  # openid
    "14dad69e-099b-42c9-810b-d002981feec1",  # profile
    "e1fe6dd8-ba31-4d61-89e7-88639da4683d",  # User.Read
    "1ec239c2-d7c9-4623-a91a-a9775856bb36",  # Calendars.ReadWrite
}


def test_registration_asks_for_five_delegated_permissions_and_no_application_permission() -> None:
    (resource,) = REGISTRATION["requiredResourceAccess"]

    assert resource["resourceAppId"] == GRAPH
    assert {access["id"] for access in resource["resourceAccess"]} == DELEGATED_PERMISSIONS
    assert {access["type"] for access in resource["resourceAccess"]} == {"Scope"}


def test_people_of_any_organisation_and_of_outlook_com_can_sign_in() -> None:
    assert REGISTRATION["signInAudience"] == "AzureADandPersonalMicrosoftAccount"
    # Entra refuses that audience with tokens of version 1.
    assert REGISTRATION["api"] == {"requestedAccessTokenVersion": 2}


def test_registration_is_another_one_than_that_of_organisations_and_holds_no_secret() -> None:
    assert REGISTRATION["displayName"] != ORGANIZATIONS["displayName"]
    assert not {"passwordCredentials", "keyCredentials"} & set(REGISTRATION)
