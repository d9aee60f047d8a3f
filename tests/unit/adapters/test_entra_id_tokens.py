"""An ID token is believed only when all of it holds."""

import base64
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest

from shared_code.adapters.entra.id_tokens import Expected, IdTokens
from shared_code.errors import Forged
from shared_code.ports import Proof
from tests.unit.adapters.entra_keys import (
    ANY_TENANT,
    AUTHORITY,
    CLIENT,
    CONSUMERS,
    NONCE,
    OTHER_TENANT,
    START,
    TENANT,
    USER,
    HandClock,
    Publisher,
    claims,
    private_key,
    published,
    token,
)

EXPECTED = Expected(TENANT, NONCE)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def publisher() -> Publisher:
    consumers = published("consumers", f"{AUTHORITY}/{CONSUMERS}/v2.0")
    return Publisher([published("current"), published("next"), consumers])


@pytest.fixture
def id_tokens(publisher: Publisher, clock: HandClock) -> IdTokens:
    return IdTokens(AUTHORITY, CLIENT, publisher.signing_keys(clock), clock)


async def reason(id_tokens: IdTokens, forged: str, expected: Expected = EXPECTED) -> str:
    with pytest.raises(Forged) as caught:
        await id_tokens.verify(forged, expected)
    return caught.value.reason


async def test_a_good_token_is_a_proof(id_tokens: IdTokens, publisher: Publisher) -> None:
    wids = ["62e90394-69f5-4237-9190-012177145e10"]

    proof = await id_tokens.verify(token(wids=wids, roles=["Connect"]), EXPECTED)

    assert proof == Proof(
        tenant=TENANT,
        user_id=proof.user_id,
        account="admin@contoso.example",
        directory_roles=frozenset(wids),
        app_roles=frozenset({"Connect"}),
    )
    assert proof.user_id == USER
    assert publisher.asked == [f"{AUTHORITY}/{TENANT}/discovery/v2.0/keys"]


async def test_absent_directory_roles_are_none_and_empty_ones_are_empty(id_tokens: IdTokens) -> None:
    absent = await id_tokens.verify(token(preferred_username=...), EXPECTED)
    empty = await id_tokens.verify(token(wids=[]), EXPECTED)

    assert (absent.directory_roles, absent.account, absent.app_roles) == (None, None, frozenset())
    assert empty.directory_roles == frozenset()


@pytest.mark.parametrize("issuer", [ANY_TENANT, f"{AUTHORITY}/{TENANT}/v2.0", None])
async def test_a_key_may_sign_for_every_tenant_or_for_this_one(
    id_tokens: IdTokens, publisher: Publisher, issuer: str | None
) -> None:
    publisher.keys = [published("current", issuer)]

    proof = await id_tokens.verify(token(), EXPECTED)

    assert proof.tenant == TENANT


BAD_CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"aud": "another app"}, "audience"),
    ({"aud": [CLIENT]}, "audience"),
    ({"aud": ...}, "claims"),
    ({"iss": f"{AUTHORITY}/{OTHER_TENANT}/v2.0"}, "issuer"),
    ({"iss": f"{AUTHORITY}/{TENANT}/v2.0/"}, "issuer"),
    ({"iss": f"https://sts.windows.net/{TENANT}/"}, "issuer"),
    ({"iss": ANY_TENANT}, "issuer"),
    ({"iss": ...}, "claims"),
    ({"tid": OTHER_TENANT}, "tenant"),
    ({"tid": "contoso.example"}, "tenant"),
    ({"tid": TENANT.replace("1", "a").upper()}, "tenant"),
    ({"tid": ...}, "claims"),
    ({"tid": None}, "claims"),
    ({"oid": "admin"}, "user_id"),
    ({"oid": USER + "\n"}, "user_id"),
    ({"oid": ...}, "claims"),
    ({"nonce": "another"}, "nonce"),
    ({"nonce": ""}, "nonce"),
    ({"nonce": ...}, "claims"),
    ({"exp": int(START.timestamp()) - 121}, "expired"),
    ({"exp": "tomorrow"}, "claims"),
    ({"exp": ...}, "claims"),
    ({"nbf": int(START.timestamp()) + 121}, "not_yet_valid"),
    ({"nbf": ...}, "claims"),
    ({"iat": int(START.timestamp()) + 121}, "not_yet_valid"),
    ({"iat": ...}, "claims"),
    ({"wids": "62e90394-69f5-4237-9190-012177145e10"}, "claims"),
    ({"roles": "Connect"}, "claims"),
]


@pytest.mark.parametrize(("changes", "why"), BAD_CLAIMS)
async def test_a_wrong_or_missing_claim_is_forged(id_tokens: IdTokens, changes: dict[str, Any], why: str) -> None:
    assert await reason(id_tokens, token(**changes)) == why


async def test_the_tenant_must_be_the_one_that_was_claimed(id_tokens: IdTokens) -> None:
    assert await reason(id_tokens, token(), Expected(OTHER_TENANT, NONCE)) == "issuer"


async def test_a_clock_that_is_two_minutes_off_is_forgiven(id_tokens: IdTokens) -> None:
    now = int(START.timestamp())

    await id_tokens.verify(token(exp=now - 119, nbf=now + 119, iat=now + 119), EXPECTED)


async def test_a_token_expires_by_the_clock_port(id_tokens: IdTokens, clock: HandClock) -> None:
    clock.instant += timedelta(hours=1, minutes=3)

    assert await reason(id_tokens, token()) == "expired"


async def test_the_key_of_personal_accounts_signs_for_no_tenant(id_tokens: IdTokens) -> None:
    assert await reason(id_tokens, token(kid="consumers", key="consumers")) == "key_issuer"


async def test_a_key_of_another_tenant_does_not_sign_for_this_one(id_tokens: IdTokens, publisher: Publisher) -> None:
    publisher.keys = [published("current", f"{AUTHORITY}/{OTHER_TENANT}/v2.0")]

    assert await reason(id_tokens, token()) == "key_issuer"


@pytest.mark.parametrize(
    ("kid", "key", "why"),
    [
        ("next", "current", "signature"),
        ("current", "stranger", "signature"),
        ("stranger", "stranger", "key"),
        (None, "current", "key"),
    ],
)
async def test_another_key_is_forged(id_tokens: IdTokens, kid: str | None, key: str, why: str) -> None:
    assert await reason(id_tokens, token(kid=kid, key=key)) == why


def at_home(**changes: Any) -> str:
    """A good ID token of an Outlook.com account."""
    home = {"tid": CONSUMERS, "iss": f"{AUTHORITY}/{CONSUMERS}/v2.0", "kid": "consumers", "key": "consumers"}
    return token(**{**home, **changes})


async def reason_of_any(id_tokens: IdTokens, forged: str, nonce: str = NONCE) -> str:
    with pytest.raises(Forged) as caught:
        await id_tokens.verify_of_any_tenant(forged, nonce)
    return caught.value.reason


async def test_whoever_signs_in_is_of_the_tenant_that_issued_the_token(
    id_tokens: IdTokens, publisher: Publisher
) -> None:
    at_work = await id_tokens.verify_of_any_tenant(token(), NONCE)
    home = await id_tokens.verify_of_any_tenant(at_home(), NONCE)

    assert (at_work.tenant, home.tenant) == (TENANT, CONSUMERS)
    assert publisher.asked == [f"{AUTHORITY}/common/discovery/v2.0/keys"]


OF_ANY_TENANT: list[tuple[dict[str, Any], str]] = [
    ({"tid": OTHER_TENANT}, "issuer"),
    ({"tid": CONSUMERS}, "issuer"),
    ({"iss": f"{AUTHORITY}/{OTHER_TENANT}/v2.0"}, "issuer"),
    ({"iss": f"{AUTHORITY}/common/v2.0", "tid": "common"}, "tenant"),
    ({"iss": "https://authority.example.evil/" + TENANT + "/v2.0"}, "issuer"),
    ({"iss": ANY_TENANT}, "issuer"),
    ({"tid": "../" + TENANT}, "tenant"),
    ({"tid": ...}, "claims"),
    ({"tid": 7}, "claims"),
    ({"aud": "another app"}, "audience"),
    ({"aud": [CLIENT]}, "audience"),
    ({"nonce": "another"}, "nonce"),
    ({"nonce": ...}, "claims"),
    ({"oid": "somebody"}, "user_id"),
    ({"exp": int(START.timestamp()) - 121}, "expired"),
    ({"kid": "consumers", "key": "consumers"}, "key_issuer"),
    ({"kid": "stranger"}, "key"),
    ({"key": "stranger"}, "signature"),
]


@pytest.mark.parametrize(("changes", "why"), OF_ANY_TENANT)
async def test_nobody_makes_themself_somebody_of_another_tenant(
    id_tokens: IdTokens, changes: dict[str, Any], why: str
) -> None:
    assert await reason_of_any(id_tokens, token(**changes)) == why


async def test_a_key_for_every_tenant_signs_for_outlook_com_only_where_its_issuer_says_so(id_tokens: IdTokens) -> None:
    as_template_says = await id_tokens.verify_of_any_tenant(at_home(kid="current", key="current"), NONCE)

    assert as_template_says.tenant == CONSUMERS


async def test_a_key_that_names_no_issuer_speaks_for_nobody_in_particular(
    id_tokens: IdTokens, publisher: Publisher
) -> None:
    publisher.keys = [published("current", None)]

    assert await reason_of_any(id_tokens, token()) == "key_issuer"


async def test_another_nonce_than_ours_is_somebody_elses_sign_in(id_tokens: IdTokens) -> None:
    assert await reason_of_any(id_tokens, at_home(), "another") == "nonce"


@pytest.mark.parametrize("rubbish", ["", "a.b.c", "e30.e30.", "é.é.é"])
async def test_rubbish_is_nobody(id_tokens: IdTokens, rubbish: str) -> None:
    assert await reason_of_any(id_tokens, rubbish) in {"malformed", "algorithm"}


async def test_a_token_without_a_signature_is_forged(id_tokens: IdTokens) -> None:
    header, payload, _ = token().split(".")
    none = jwt.encode(claims(), "", "none", {"kid": "current"})

    assert await reason(id_tokens, none) == "algorithm"
    assert await reason(id_tokens, f"{header}.{payload}.") == "signature"


@pytest.mark.parametrize("algorithm", ["HS256", "RS384", "PS256"])
async def test_another_algorithm_is_forged(id_tokens: IdTokens, algorithm: str) -> None:
    key = "a shared secret of thirty-two bytes or more" if algorithm == "HS256" else private_key("current")

    assert await reason(id_tokens, jwt.encode(claims(), key, algorithm, {"kid": "current"})) == "algorithm"


async def test_a_payload_that_was_changed_afterwards_is_forged(id_tokens: IdTokens) -> None:
    header, _, signature = token().split(".")
    other = base64.urlsafe_b64encode(json.dumps(claims(oid=OTHER_TENANT)).encode()).rstrip(b"=").decode()

    assert await reason(id_tokens, f"{header}.{other}.{signature}") == "signature"


@pytest.mark.parametrize("rubbish", ["", "a", "a.b", "a.b.c", "....", "\x00", "é.é.é", "e30.e30."])
async def test_rubbish_is_forged(id_tokens: IdTokens, publisher: Publisher, rubbish: str) -> None:
    assert await reason(id_tokens, rubbish) in {"malformed", "algorithm"}
    assert publisher.asked == []
