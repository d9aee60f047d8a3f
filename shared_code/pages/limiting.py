"""Commands that let the app into some mailboxes only, by Exchange role-based access control.

https://learn.microsoft.com/exchange/permissions-exo/application-rbac (read 2026-11-21): what Exchange grants is added
to what Entra grants, so Entra's permission for all mailboxes has to go.
"""

from dataclasses import dataclass

CALENDARS_READ_WRITE = "ef54d2bf-783f-4e0f-bca1-3210c0444d99"  # the application permission's id in every tenant


@dataclass(frozen=True)
class Limiting:
    """PowerShell, step by step; the second goes on in the window of the first."""

    to_group: str
    to_nothing_else: str
    check: str


def limiting_commands(product: str, client_id: str) -> Limiting:
    name, scope = _quoted(product), _quoted(f"{product} calendars")
    return Limiting(
        f"""\
$group = "calendars@example.com"
Connect-ExchangeOnline
Connect-MgGraph -Scopes Application.Read.All, `
  AppRoleAssignment.ReadWrite.All
$id = "{client_id}"
$app = (Get-MgServicePrincipal -Filter "appId eq '$id'").Id
$members = (Get-DistributionGroup $group).DistinguishedName

New-ServicePrincipal -AppId $id -ObjectId $app `
  -DisplayName {name}
New-ManagementScope -Name {scope} `
  -RecipientRestrictionFilter "MemberOfGroup -eq '$members'"
New-ManagementRoleAssignment -App $app `
  -Role "Application Calendars.ReadWrite" `
  -CustomResourceScope {scope}""",
        f"""\
$role = "{CALENDARS_READ_WRITE}"
$grant = Get-MgServicePrincipalAppRoleAssignment `
  -ServicePrincipalId $app -All | Where-Object AppRoleId -eq $role
Remove-MgServicePrincipalAppRoleAssignment `
  -ServicePrincipalId $app -AppRoleAssignmentId $grant.Id""",
        """\
Test-ServicePrincipalAuthorization -Identity $app `
  -Resource "somebody@example.com\"""",
    )


def _quoted(text: str) -> str:
    """A PowerShell string in which nothing is expanded; it takes typographic quotes for plain ones."""
    for quote in "'‘’‚‛":
        text = text.replace(quote, quote * 2)
    return f"'{text}'"
