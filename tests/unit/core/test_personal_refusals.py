"""What Microsoft answers to somebody who connects an account of their own, read as Microsoft means it."""

import pytest

from shared_code.core.personal_account import PersonalReason
from shared_code.core.personal_refusals import CODES, PersonalRefusal, redemption_refusal, sign_in_refusal

ANNOTATED = "\r\nTrace ID: 0a1b\r\nCorrelation ID: 2c3d\r\nTimestamp: 2026-11-21 09:30:00Z"


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (65001, PersonalRefusal.CONSENT_REQUIRED),
        (65004, PersonalRefusal.DECLINED),
        (90093, PersonalRefusal.CONSENT_FORBIDDEN),
        (90094, PersonalRefusal.ADMIN_APPROVAL),
        (90095, PersonalRefusal.REQUEST_SENT),
        (900941, PersonalRefusal.RISKY_APP),
        (650052, PersonalRefusal.NOT_SUBSCRIBED),
        (650056, PersonalRefusal.CONSENT_INCOMPLETE),
        (50105, PersonalRefusal.NOT_ASSIGNED),
        (53003, PersonalRefusal.CONDITIONAL_ACCESS),
        (700016, PersonalRefusal.APP_NOT_FOUND),
        (7000112, PersonalRefusal.APP_DISABLED),
        (50076, PersonalRefusal.MFA_REQUIRED),
        (50057, PersonalRefusal.ACCOUNT_UNUSABLE),
        (90033, PersonalRefusal.MICROSOFT_UNAVAILABLE),
        (54005, PersonalRefusal.TOO_LATE),
    ],
)
def test_microsofts_number_says_which_of_many_an_error_is(code: int, refusal: PersonalRefusal) -> None:
    description = f"AADSTS{code}: Something or other.{ANNOTATED}"

    assert sign_in_refusal("access_denied", None, description) is refusal
    assert sign_in_refusal("interaction_required", None, description) is refusal
    assert redemption_refusal("token_refused", code) is refusal


@pytest.mark.parametrize("code", [90093, 90094, 90095, 900941])
def test_a_cancel_on_the_way_out_of_microsofts_own_page_is_not_a_persons_no(code: int) -> None:
    refusal = sign_in_refusal("access_denied", "cancel", f"AADSTS{code}: Admin consent is required.")

    assert refusal is not PersonalRefusal.DECLINED


@pytest.mark.parametrize(
    ("error", "subcode", "refusal"),
    [
        ("access_denied", "cancel", PersonalRefusal.DECLINED),
        ("access_denied", None, PersonalRefusal.ADMIN_APPROVAL),
        ("access_denied", "something_new", PersonalRefusal.ADMIN_APPROVAL),
        ("permission_denied", None, PersonalRefusal.DECLINED),
        ("consent_required", None, PersonalRefusal.CONSENT_REQUIRED),
        ("interaction_required", None, PersonalRefusal.CONDITIONAL_ACCESS),
        ("temporarily_unavailable", None, PersonalRefusal.MICROSOFT_UNAVAILABLE),
        ("server_error", None, PersonalRefusal.MICROSOFT_UNAVAILABLE),
        ("invalid_scope", None, PersonalRefusal.MISCONFIGURED),
        ("new_in_2027", None, PersonalRefusal.OTHER),
    ],
)
def test_without_a_number_the_error_says_it(error: str, subcode: str | None, refusal: PersonalRefusal) -> None:
    assert sign_in_refusal(error, subcode, None) is refusal
    assert sign_in_refusal(error, subcode, "AADSTS123456789: A number of later years.") is refusal


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        (PersonalReason.CONSENT_REQUIRED, PersonalRefusal.CONSENT_REQUIRED),
        (PersonalReason.MFA_REQUIRED, PersonalRefusal.MFA_REQUIRED),
        (PersonalReason.CONDITIONAL_ACCESS, PersonalRefusal.CONDITIONAL_ACCESS),
        (PersonalReason.NOT_ASSIGNED, PersonalRefusal.NOT_ASSIGNED),
        (PersonalReason.APP_BLOCKED, PersonalRefusal.APP_DISABLED),
        ("credential_refused", PersonalRefusal.MISCONFIGURED),
        (PersonalReason.TOKEN_REFUSED, PersonalRefusal.OTHER),
        ("a_word_of_later_years", PersonalRefusal.OTHER),
    ],
)
def test_a_code_that_is_not_exchanged_has_a_reason(reason: str, refusal: PersonalRefusal) -> None:
    assert redemption_refusal(reason) is refusal


def test_no_number_is_in_the_table_twice() -> None:
    every = [code for codes in CODES.values() for code in codes]

    assert len(every) == len(set(every))
