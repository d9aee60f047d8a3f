"""One step of a person through Entra's pages: what the form said, who is signed in, and the cookie."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from local.microsoft365.entra.accounts import remembered_account, typed_account
from local.microsoft365.entra.errors import ShownError
from local.microsoft365.entra.sessions import COOKIE, Account
from local.microsoft365.web import world_of
from local.microsoft365.world import App, Tenant, World


@dataclass(frozen=True, slots=True)
class Visit:
    """``action`` is empty for a plain GET, else what the posted form says: see CONTROL.md.

    ``with_mfa``: this browser has shown a second factor of the account. ``reason``: why an administrator should
    approve. ``for_everybody``: an administrator consents on behalf of the organization.
    """

    world: World
    action: str
    account: Account | None
    refused_with: int | None = None
    with_mfa: bool = False
    reason: str = ""
    for_everybody: bool = False

    @property
    def has_just_signed_in(self) -> bool:
        return self.action == "sign_in"

    def remember(self, response: Response) -> Response:
        """Set the session cookie after a sign-in."""
        if self.has_just_signed_in and self.account is not None:
            secure = self.world.base_url.startswith("https:")
            session = self.world.sessions.open(self.account)
            if self.with_mfa:
                self.world.sessions.prove(session)
            response.set_cookie(COOKIE, session, path="/", secure=secure, httponly=True, samesite="lax")
        return response


async def visit_of(request: Request, into: Tenant | None) -> Visit:
    """A GET, or a posted form with `action` and, for a sign-in, `account`."""
    world = world_of(request)
    session = request.cookies.get(COOKIE)
    if request.method == "GET":
        return Visit(world, "", remembered_account(world, request, into), with_mfa=world.sessions.is_proven(session))
    form = {name: str(value) for name, value in (await request.form()).items()}
    action = form.get("action", "")
    if action == "sign_in":
        return _signing_in(world, typed_account(world, form.get("account", ""), into), session)
    if action == "switch":
        return Visit(world, action, None)
    if action == "prove":
        world.sessions.prove(session)
    code = form.get("code", "")
    return Visit(
        world,
        action,
        remembered_account(world, request, into),
        refused_with=int(code) if code.isdecimal() else None,
        with_mfa=world.sessions.is_proven(session),
        reason=form.get("reason", ""),
        for_everybody=form.get("for_everybody") == "yes",
    )


def _signing_in(world: World, account: Account, session: str | None) -> Visit:
    """Whoever picks the account that is signed in already has nothing to prove again."""
    is_known = world.sessions.is_proven(session) and world.sessions.find(session) == account
    return Visit(world, "sign_in", account, with_mfa=is_known)


def shown_app(world: World, client_id: str | None, tenant: Tenant | None) -> App:
    """The app that the address names; whatever is wrong with it is told to the person only."""
    if not client_id:
        raise ShownError(900144, "The request body must contain the following parameter: 'client_id'.")
    app = world.apps.get(client_id)
    if app is None:
        where = f" in the directory '{tenant.display_name}'" if tenant else ""
        raise ShownError(700016, f"Application with identifier '{client_id}' was not found{where}.")
    if app.disabled:
        raise ShownError(7000112, f"Application '{client_id}'({app.name}) is disabled.")
    if app.home_tenant is not None and tenant is None:
        raise ShownError(
            50194, f"Application '{client_id}'({app.name}) is not configured as a multi-tenant application."
        )
    if app.home_tenant is not None and tenant is not None and app.home_tenant != tenant.id:
        raise ShownError(
            700016, f"Application with identifier '{client_id}' was not found in the directory '{tenant.display_name}'."
        )
    return app
