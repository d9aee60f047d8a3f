"""What Entra says of a refresh token, as a reason that its owner can do something about."""

import msgspec
import pytest

from shared_code.adapters.entra.personal_refusals import REASONS, refresh_error
from shared_code.adapters.entra.refusals import TokenRefusal
from shared_code.core.ids import MailboxKey, UserId
from shared_code.core.personal_account import CONSUMERS, PersonalReason
from shared_code.core.sync_rules import SYNC_EVERY
from shared_code.errors import Disconnected, OrgcalError, Throttled, TryLater
from tests.contract.samples import NOW, TENANT

WORK = MailboxKey("personal", TENANT, UserId("22222222-2222-4222-8222-222222222222"))
OUTLOOK = MailboxKey("personal", CONSUMERS, UserId("00000000-0000-0000-0123-456789abcdef"))


def refused(
    code: int = 0, error: str = "invalid_grant", suberror: str = "", status: int = 400, retry_after: str | None = None
) -> OrgcalError:
    refusal = TokenRefusal(error, suberror, [code] if code else [])
    return refresh_error(WORK, status, refusal, retry_after, NOW)


@pytest.mark.parametrize(
    ("code", "suberror", "reason"),
    [
        (65001, "consent_required", "consent_required"),
        (700082, "", "inactive"),
        (70008, "", "inactive"),
        (50173, "", "revoked"),
        (70000, "bad_token", "revoked"),
        (70043, "token_expired", "sign_in_too_old"),
        (50076, "basic_action", "mfa_required"),
        (50078, "basic_action", "mfa_required"),
        (50079, "basic_action", "mfa_required"),
        (50057, "", "account_disabled"),
        (50034, "", "account_disabled"),
        (53003, "message_only", "conditional_access"),
        (50105, "message_only", "not_assigned"),
        (700016, "", "app_blocked"),
        (7000112, "", "app_blocked"),
        (70000, "", "token_refused"),
        (9002313, "", "token_refused"),
        (0, "", "token_refused"),
        (0, "consent_required", "consent_required"),
    ],
)
def test_a_refused_grant_has_a_reason(code: int, suberror: str, reason: str) -> None:
    error = refused(code, suberror=suberror)

    assert isinstance(error, Disconnected)
    assert error.reason == PersonalReason(reason)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("consent_required", "consent_required"),
        ("interaction_required", "token_refused"),
        ("access_denied", "token_refused"),
    ],
)
def test_words_count_where_there_is_no_number(word: str, reason: str) -> None:
    error = refused(error=word)

    assert isinstance(error, Disconnected)
    assert error.reason == PersonalReason(reason)


def test_no_number_stands_for_two_reasons() -> None:
    codes = [code for each in REASONS.values() for code in each]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("code", [700027, 7000215, 7000222, 700213, 50012])
@pytest.mark.parametrize("word", ["invalid_client", "invalid_grant"])
def test_a_refusal_of_the_apps_own_credential_is_nobodys_calendar_lost(
    code: int, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    error = refused(code, error=word, status=401)

    assert type(error) is TryLater
    assert f"refresh_refused tenant={TENANT} error={word}" in caplog.text


@pytest.mark.parametrize("word", ["invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type", ""])
def test_a_fault_of_the_request_is_nobodys_calendar_lost(word: str) -> None:
    assert type(refused(error=word)) is TryLater


@pytest.mark.parametrize("code", [700016, 7000112])
def test_an_app_that_outlook_com_does_not_know_is_the_operators_to_mend(
    code: int, caplog: pytest.LogCaptureFixture
) -> None:
    error = refresh_error(OUTLOOK, 400, TokenRefusal("unauthorized_client", "", [code]), None, NOW)

    assert type(error) is TryLater
    assert f"refresh_refused tenant={CONSUMERS}" in caplog.text


def test_what_only_an_operator_can_mend_is_not_asked_for_once_a_minute() -> None:
    error = refused(7000222, error="invalid_client", status=401)

    assert isinstance(error, TryLater)
    assert error.retry_after == SYNC_EVERY


@pytest.mark.parametrize(
    ("status", "code", "word"), [(503, 0, ""), (400, 90033, "invalid_grant"), (400, 0, "server_error")]
)
def test_a_passing_fault_is_tried_later(status: int, code: int, word: str) -> None:
    assert type(refused(code, error=word, status=status)) is TryLater


def test_too_many_requests_are_throttled_for_as_long_as_entra_says() -> None:
    error = refused(error="temporarily_unavailable", status=429, retry_after="17")

    assert isinstance(error, Throttled)
    assert error.retry_after is not None
    assert (error.retry_after.total_seconds(), error.whole_tenant) == (17, False)


def test_what_is_said_names_no_address_and_no_description() -> None:
    body = {"error": "invalid_grant", "error_codes": [70000], "error_description": "zoe@outlook.com must sign in"}
    refusal = msgspec.json.decode(msgspec.json.encode(body), type=TokenRefusal)

    assert "zoe" not in str(refresh_error(OUTLOOK, 400, refusal, None, NOW))
