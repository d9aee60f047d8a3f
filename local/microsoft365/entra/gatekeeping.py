"""Who may sign in to an app at all, before anybody speaks of permissions."""

from dataclasses import dataclass

from local.microsoft365.entra.errors import ShownError
from local.microsoft365.entra.refusals import REFUSAL_TEXTS
from local.microsoft365.entra.tenant_segment import CONSUMERS, ORGANIZATIONS
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.world import App, Person, Tenant

NOT_ASSIGNED = 50105


@dataclass(frozen=True, slots=True)
class Refusal:
    code: int
    text: str


def sign_in_refusal(tenant: Tenant, app: App, person: Person) -> Refusal | None:
    """By the tenant's script for this app, or since the app is for those who were assigned to it."""
    code = tenant.rules.sign_in_refusals.get(app.client_id)
    principal = tenant.service_principals.get(app.client_id)
    if code is None and principal is not None and principal.assignment_required:
        code = None if person.id in principal.assigned else NOT_ASSIGNED
    return None if code is None else Refusal(code, REFUSAL_TEXTS[code])


def check_account_kind(app: App, segment: str, tenant: Tenant) -> None:
    """The path and the registration's audience say whether work or personal accounts, or both, may come."""
    if is_personal(tenant) and (segment == ORGANIZATIONS or not app.takes_personal_accounts):
        raise ShownError(500208, "The domain is not a valid login domain for the account type.")
    if not is_personal(tenant) and segment == CONSUMERS:
        raise ShownError(50020, "You can't sign in here with a work or school account. Use your personal account.")


def check_segment(app: App, segment: str) -> None:
    if segment == CONSUMERS and not app.takes_personal_accounts:
        raise ShownError(
            9002332,
            f"Application '{app.client_id}'({app.name}) is configured for use by Azure Active Directory users only. "
            "Please do not use the /consumers endpoint to serve this request.",
        )
