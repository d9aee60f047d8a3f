"""Why a consent is refused, in Entra's codes, and the three ways in which it reports that somebody declined."""

from local.microsoft365.entra.errors import RedirectedError, traced
from local.microsoft365.tenants import DeclinedAs
from local.microsoft365.world import World

REFUSAL_TEXTS = {
    50105: "Your administrator has configured the application to block users unless they are specifically granted "
    "('assigned') access to the application.",
    53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    65005: "The application required resource access list does not contain applications discoverable by the resource.",
    650052: "The app needs access to a service that your organization has not subscribed to or enabled.",
    650056: "Misconfigured application: it requests no permissions of the resource, or an admin has not consented.",
    650057: "Invalid resource. The client has requested access to a resource which is not listed in its registration.",
    700016: "Application was not found in the directory. This can happen if the application has not been installed by "
    "the administrator of the tenant or consented to by any user in the tenant.",
    90090: "Failed to record the grant; please retry.",
    90093: "Calling principal cannot consent due to lack of permissions.",
    90094: "An administrator of the organization has set a policy that prevents you from granting these permissions.",
    90095: "Admin consent is required; a request can be sent to your administrator.",
    900941: "Admin consent is required: the app is considered risky.",
    900981: "An admin consent request was received for a risky app.",
}


def declined(world: World, spelled: DeclinedAs) -> RedirectedError:
    """All three are documented or recorded; a tenant uses the one that its settings name."""
    if spelled == "permission_denied":
        return RedirectedError("permission_denied", "The admin canceled the request")
    if spelled == "access_denied":
        text = "AADSTS65004: User declined to consent to access the app."
        return RedirectedError("access_denied", traced(text, world.now()), "cancel")
    text = "AADSTS65004: The resource owner or authorization server denied the request."
    return RedirectedError("consent_required", traced(text, world.now()))
