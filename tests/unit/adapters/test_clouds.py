"""One setting names the cloud, and people's own accounts go by it as the organisations' connections do.

Hosts: https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud and
https://learn.microsoft.com/graph/deployments (read 2026-11-21), where ``common`` is an example of each.
"""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_code.adapters.entra.personal_authority import EntraPersonalAuthority, personal_authority
from shared_code.adapters.entra.signing_keys import SigningKeys
from shared_code.errors import Forged
from tests.fakes.composed_app import make_settings
from tests.unit.adapters.entra_keys import NONCE, TENANT, HandClock, Publisher, published, token

CLOUDS = {
    "global": ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
    "usgov": ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
    "usgovdod": ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us"),
    "china": ("https://login.partner.microsoftonline.cn", "https://microsoftgraph.chinacloudapi.cn"),
}


def authority_in(cloud: str) -> EntraPersonalAuthority:
    settings = make_settings(ORGCAL_CLOUD=cloud, ORGCAL_AUTHORITY_URL="", ORGCAL_GRAPH_URL="")
    return personal_authority(settings, HandClock())


@pytest.mark.parametrize(("cloud", "login", "graph"), [(cloud, *hosts) for cloud, hosts in CLOUDS.items()])
def test_whoever_connects_an_account_is_sent_to_the_deployments_cloud(cloud: str, login: str, graph: str) -> None:
    authority = authority_in(cloud)

    signing_in = authority.sign_in_url("state", NONCE, "challenge", None)
    consenting = urlsplit(authority.consent_url(None))

    # Short names of scopes are those of the cloud's own Graph: https://learn.microsoft.com/graph/sdks/national-clouds
    assert signing_in.startswith(f"{login}/common/oauth2/v2.0/authorize?")
    assert f"{consenting.scheme}://{consenting.netloc}{consenting.path}" == f"{login}/organizations/v2.0/adminconsent"
    assert parse_qs(consenting.query)["scope"] == [f"{graph}/.default"]
    assert authority.codes.authority == login


@pytest.mark.parametrize(("cloud", "login"), [(cloud, login) for cloud, (login, _) in CLOUDS.items()])
async def test_the_clouds_own_issuer_is_believed_and_no_other_clouds(cloud: str, login: str) -> None:
    authority = authority_in(cloud)
    publisher = Publisher([published("current", f"{login}/{{tenantid}}/v2.0")])
    keys = SigningKeys(authority.id_tokens.authority, authority.clock, publisher.client())
    id_tokens = replace(authority.id_tokens, keys=keys)
    good = {"iss": f"{login}/{TENANT}/v2.0", "aud": id_tokens.client_id}

    proof = await id_tokens.verify_of_any_tenant(token(**good), NONCE)
    with pytest.raises(Forged, match="issuer"):
        await id_tokens.verify_of_any_tenant(token(**good | {"iss": f"https://login.example/{TENANT}/v2.0"}), NONCE)

    assert proof.tenant == TENANT
    assert publisher.asked == [f"{login}/common/discovery/v2.0/keys"]
