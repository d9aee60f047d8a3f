"""Microsoft's answers, read as Microsoft means them."""

from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.consent import (
    GLOBAL_ADMINISTRATOR,
    GRANT_PATIENCE,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    Refusal,
    consent_refusal,
    next_grant_check,
    parse_code,
    parse_tenant,
    role_refusal,
    sign_in_refusal,
    token_refusal,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVERYDAY_USER = "b79fbf4d-3ef9-4689-8143-76b194e85509"


@pytest.mark.parametrize(
    ("error", "subcode", "refusal"),
    [
        ("consent_required", None, Refusal.DECLINED),
        ("permission_denied", None, Refusal.DECLINED),
        ("access_denied", "cancel", Refusal.DECLINED),
        ("access_denied", None, Refusal.NOT_ALLOWED),
        ("temporarily_unavailable", None, Refusal.MICROSOFT_UNAVAILABLE),
        ("invalid_resource", None, Refusal.MISCONFIGURED),
        ("new_in_2027", None, Refusal.OTHER),
    ],
)
def test_a_refused_consent_is_read_by_its_error(error: str, subcode: str | None, refusal: Refusal) -> None:
    assert consent_refusal(error, subcode) is refusal


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        ("consent_required", Refusal.NOT_SPREAD),
        ("interaction_required", Refusal.NOT_SPREAD),
        ("login_required", Refusal.NOT_SPREAD),
        ("access_denied", Refusal.DECLINED),
        ("server_error", Refusal.MICROSOFT_UNAVAILABLE),
        ("new_in_2027", Refusal.OTHER),
    ],
)
def test_a_refused_sign_in_right_after_consent_may_only_be_early(error: str, refusal: Refusal) -> None:
    assert sign_in_refusal(error) is refusal


@pytest.mark.parametrize("code", [53003, 53000, 530034, 500021, 500213, 50105, 900941, 7000112])
def test_a_rule_of_the_tenant_is_told_apart_by_its_number(code: int) -> None:
    assert consent_refusal("access_denied", None, code) is Refusal.BLOCKED
    assert sign_in_refusal("interaction_required", code) is Refusal.BLOCKED


@pytest.mark.parametrize("code", [90093, 90094, 90095, 65001, None])
def test_a_number_that_says_no_more_than_the_error_changes_nothing(code: int | None) -> None:
    assert consent_refusal("access_denied", None, code) is Refusal.NOT_ALLOWED
    assert sign_in_refusal("interaction_required", code) is Refusal.NOT_SPREAD


def test_whoever_cancels_has_declined_whatever_the_number() -> None:
    assert consent_refusal("access_denied", "cancel", 53003) is Refusal.DECLINED


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("consent_missing", Refusal.NOT_SPREAD),
        ("conditional_access", Refusal.BLOCKED),
        ("app_disabled", Refusal.BLOCKED),
        ("credential_refused", Refusal.MISCONFIGURED),
        ("token_refused", Refusal.MISCONFIGURED),
        ("tenant_not_found", Refusal.NOT_PROVEN),
        ("new_in_2027", Refusal.NOT_SPREAD),
    ],
)
def test_why_a_code_was_not_exchanged_is_told_apart(reason: str, refusal: Refusal) -> None:
    assert token_refusal(reason) is refusal


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ("AADSTS65004: User declined to consent to access the app.", 65004),
        ("AADSTS53003: Access has been blocked.\r\nTrace ID: 1", 53003),
        ("The admin canceled the request", None),
        ("AADSTS", None),
        ("AADSTS\u0661\u0662\u0663\u0664\u0665", None),
        ("", None),
        (None, None),
    ],
)
def test_microsofts_number_is_found_where_there_is_one(description: str | None, code: int | None) -> None:
    assert parse_code(description) == code


@pytest.mark.parametrize("role", [GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR])
def test_an_administrator_who_may_grant_may_connect(role: str) -> None:
    assert role_refusal(frozenset({role, EVERYDAY_USER}), frozenset()) is None


def test_the_apps_own_role_connects_without_any_directory_role() -> None:
    assert role_refusal(None, frozenset({"Connect"})) is None


def test_a_token_without_the_claim_differs_from_one_without_the_role() -> None:
    assert role_refusal(None, frozenset()) is Refusal.ROLE_NOT_SHOWN
    assert role_refusal(frozenset({EVERYDAY_USER}), frozenset({"Reader"})) is Refusal.WRONG_ROLE


@pytest.mark.parametrize("claimed", [None, "", "common", "contoso.example", "3f5e8a52-7a3c-4f0e-9a3e", "../x"])
def test_a_tenant_that_is_no_guid_is_none(claimed: str | None) -> None:
    assert parse_tenant(claimed) is None


def test_a_tenant_is_written_in_one_way() -> None:
    assert parse_tenant("3F5E8A52-7A3C-4F0E-9A3E-0A6CE0F0A001") == "3f5e8a52-7a3c-4f0e-9a3e-0a6ce0f0a001"


def test_a_grant_is_looked_for_ever_more_rarely_for_a_day() -> None:
    waits = [next_grant_check(attempt, NOW, NOW) for attempt in range(1, 9)]

    seconds = [wait.total_seconds() for wait in waits if wait is not None]
    assert seconds == [10, 30, 60, 120, 300, 600, 1800, 1800]


def test_patience_ends_after_a_day() -> None:
    assert next_grant_check(50, NOW, NOW + GRANT_PATIENCE) is None
    assert next_grant_check(50, NOW, NOW + GRANT_PATIENCE - timedelta(seconds=1)) is not None
