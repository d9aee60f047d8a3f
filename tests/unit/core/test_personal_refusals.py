"""What Microsoft answers to somebody who connects an account of their own, read as Microsoft means it."""

import pytest

from shared_code.core.personal_refusals import CODES, PersonalRefusal, fits_outlook_account, personal_refusal


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
    assert personal_refusal("access_denied", None, code) is refusal
    assert personal_refusal("interaction_required", None, code) is refusal
    assert personal_refusal("invalid_grant", "basic_action", code) is refusal


@pytest.mark.parametrize("code", [90093, 90094, 90095, 900941])
def test_a_cancel_on_the_way_out_of_microsofts_own_page_is_not_a_persons_no(code: int) -> None:
    refusal = personal_refusal("access_denied", "cancel", code)

    assert refusal is not PersonalRefusal.DECLINED


@pytest.mark.parametrize(
    ("error", "subcode", "refusal"),
    [
        ("access_denied", "cancel", PersonalRefusal.DECLINED),
        ("permission_denied", None, PersonalRefusal.DECLINED),
        ("consent_required", None, PersonalRefusal.CONSENT_REQUIRED),
        ("interaction_required", None, PersonalRefusal.CONDITIONAL_ACCESS),
        ("temporarily_unavailable", None, PersonalRefusal.MICROSOFT_UNAVAILABLE),
        ("server_error", None, PersonalRefusal.MICROSOFT_UNAVAILABLE),
        ("invalid_grant", None, PersonalRefusal.TOO_LATE),
        ("invalid_scope", None, PersonalRefusal.MISCONFIGURED),
        ("new_in_2027", None, PersonalRefusal.OTHER),
    ],
)
def test_without_a_number_the_error_says_it(error: str, subcode: str | None, refusal: PersonalRefusal) -> None:
    assert personal_refusal(error, subcode, None) is refusal
    assert personal_refusal(error, subcode, 123456789) is refusal  # a number of later years


@pytest.mark.parametrize("subcode", [None, "cancel", "something_new"])
def test_access_denied_without_a_number_is_a_persons_own_no(subcode: str | None) -> None:
    assert personal_refusal("access_denied", subcode, None) is PersonalRefusal.DECLINED


@pytest.mark.parametrize("subcode", [None, "something_new"])
def test_access_denied_with_a_number_of_later_years_is_not(subcode: str | None) -> None:
    assert personal_refusal("access_denied", subcode, 123456789) is PersonalRefusal.OTHER


@pytest.mark.parametrize(
    ("refusal", "code", "fits"),
    [
        (PersonalRefusal.DECLINED, None, True),
        (PersonalRefusal.CONDITIONAL_ACCESS, None, True),  # of `interaction_required` alone
        (PersonalRefusal.CONSENT_REQUIRED, 65001, True),
        (PersonalRefusal.OTHER, 123456789, True),
        (PersonalRefusal.ADMIN_APPROVAL, 90094, False),
        (PersonalRefusal.DECLINED, 65004, False),
    ],
)
def test_what_an_outlook_com_account_can_have_met(refusal: PersonalRefusal, code: int | None, fits: bool) -> None:
    assert fits_outlook_account(refusal, code) is fits


def test_no_number_is_in_the_table_twice() -> None:
    every = [code for codes in CODES.values() for code in codes]

    assert len(every) == len(set(every))
