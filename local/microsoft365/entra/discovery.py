"""Metadata and signing keys (learn.microsoft.com/entra/identity-platform/v2-protocols-oidc and access-tokens)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.entra.errors import TokenError, token_error_body
from local.microsoft365.entra.tenant_segment import CONSUMERS, SHARED, unknown_tenant
from local.microsoft365.personal_accounts import PERSONAL_ACCOUNTS
from local.microsoft365.web import Json, world_of


async def openid_configuration(request: Request) -> Response:
    """Endpoints name the tenant's GUID even when asked by domain; the shared ones answer a templated issuer."""
    world, segment = world_of(request), request.path_params["tenant"]
    tenant = world.find_tenant(segment)
    if tenant is None and segment not in SHARED:
        error = TokenError(90002, "invalid_tenant", unknown_tenant(segment))
        return Json(token_error_body(error, world.now(), world.base_url, None), error.status)
    name = tenant.id if tenant else segment
    authority = f"{world.base_url}/{name}"
    issuing = PERSONAL_ACCOUNTS if segment == CONSUMERS else tenant.id if tenant else "{tenantid}"
    return Json(
        {
            "token_endpoint": f"{authority}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
                "self_signed_tls_client_auth",
            ],
            "jwks_uri": f"{authority}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{world.base_url}/{issuing}/v2.0",
            "request_uri_parameter_supported": False,
            "userinfo_endpoint": f"{world.base_url}/oidc/userinfo",
            "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
            "end_session_endpoint": f"{authority}/oauth2/v2.0/logout",
            "claims_supported": [
                "sub",
                "iss",
                "aud",
                "exp",
                "iat",
                "nonce",
                "preferred_username",
                "name",
                "tid",
                "ver",
            ],
            "tenant_region_scope": None,
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        }
    )


async def signing_keys(request: Request) -> Response:
    """Every key says for which issuer it may sign: most for any tenant, one for personal accounts alone."""
    world = world_of(request)
    any_tenant = f"{world.base_url}/{{tenantid}}/v2.0"
    personal = world.keys.personal.published_as(f"{world.base_url}/{PERSONAL_ACCOUNTS}/v2.0")
    return Json({"keys": [*(key.published_as(any_tenant) for key in world.keys.published), personal]})


routes = [
    Route("/{tenant}/v2.0/.well-known/openid-configuration", openid_configuration),
    Route("/{tenant}/discovery/v2.0/keys", signing_keys),
]
