"""What an app asks of /authorize: first what must be right before its address is trusted, then the rest."""

from dataclasses import dataclass

from starlette.requests import Request

from local.microsoft365.entra.errors import RedirectedError
from local.microsoft365.entra.gatekeeping import check_segment
from local.microsoft365.entra.redirects import checked_redirect_uri
from local.microsoft365.entra.scopes import delegated_scope
from local.microsoft365.entra.tenant_segment import shown_tenant
from local.microsoft365.entra.visits import shown_app
from local.microsoft365.world import App, Tenant, World

PROMPTS = frozenset({"", "none", "login", "consent", "select_account"})
SHORTEST_CHALLENGE, LONGEST_CHALLENGE = 43, 128


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """``tenant`` is None for the shared path segments; ``unknown_scopes`` are those that no resource has."""

    app: App
    segment: str
    tenant: Tenant | None
    redirect_uri: str
    state: str | None
    response_type: str
    response_mode: str
    scopes: tuple[str, ...]
    unknown_scopes: tuple[str, ...]
    nonce: str | None
    challenge: str | None
    challenge_method: str
    prompt: str
    login_hint: str | None
    wants_client_info: bool


def trusted_request(world: World, request: Request) -> AuthorizeRequest:
    """The request, once its tenant, app and redirect address are known to belong together."""
    query, segment = request.query_params, request.path_params["tenant"]
    tenant = shown_tenant(world, segment)
    app = shown_app(world, query.get("client_id"), tenant)
    request.state.app = app.client_id
    check_segment(app, segment)
    scopes = query.get("scope", "").split()
    return AuthorizeRequest(
        app=app,
        segment=segment,
        tenant=tenant,
        redirect_uri=checked_redirect_uri(app, query.get("redirect_uri")),
        state=query.get("state"),
        response_type=query.get("response_type", ""),
        response_mode=query.get("response_mode", "query"),
        scopes=tuple(name for scope in scopes if (name := delegated_scope(world, scope))),
        unknown_scopes=tuple(scope for scope in scopes if not delegated_scope(world, scope)),
        nonce=query.get("nonce"),
        challenge=query.get("code_challenge"),
        challenge_method=query.get("code_challenge_method", "plain"),
        prompt=query.get("prompt", ""),
        login_hint=query.get("login_hint"),
        wants_client_info=query.get("client_info") == "1",
    )


def check_parameters(wanted: AuthorizeRequest) -> None:
    """Everything that the app may be told about at its own address."""
    if not wanted.response_type:
        raise _invalid(900144, "The request body must contain the following parameter: 'response_type'.")
    if wanted.response_type != "code":
        raise RedirectedError("unsupported_response_type", _type_text(wanted.response_type))
    if wanted.response_mode != "query":
        raise _invalid(90023, f"The local stand-in answers response_mode 'query' only, not '{wanted.response_mode}'.")
    if wanted.unknown_scopes:
        described = (
            f"AADSTS70011: The provided value for the input parameter 'scope' is not valid. {wanted.unknown_scopes[0]}"
        )
        raise RedirectedError("invalid_scope", described)
    if not wanted.scopes:
        raise _invalid(900144, "The request body must contain the following parameter: 'scope'.")
    if wanted.prompt not in PROMPTS:
        raise _invalid(90023, f"Unsupported 'prompt' value '{wanted.prompt}'.")
    _check_challenge(wanted)


def _check_challenge(wanted: AuthorizeRequest) -> None:
    if wanted.challenge_method not in {"S256", "plain"}:
        raise _invalid(50148, "The code_challenge_method is not supported.")
    if wanted.challenge is not None and not SHORTEST_CHALLENGE <= len(wanted.challenge) <= LONGEST_CHALLENGE:
        raise _invalid(501491, "Invalid size of code_challenge parameter.")


def _type_text(response_type: str) -> str:
    if "id_token" in response_type.split():
        return "AADSTS700054: response_type 'id_token' is not enabled for the application."
    return f"AADSTS70007: '{response_type}' is not a supported value of 'response_type'."


def _invalid(code: int, text: str) -> RedirectedError:
    return RedirectedError("invalid_request", f"AADSTS{code}: {text}")
