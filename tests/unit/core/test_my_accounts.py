"""What is shown of an account that somebody connected themself: to themself, and to their organisation's admins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, MailboxKey, TenantId, UserId
from shared_code.core.mailbox import Link
from shared_code.core.my_accounts import seen_by_admins, shown_account
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalReason, PersonalState
from shared_code.core.personal_policy import AccountRules
from shared_code.core.policy import Policy
from shared_code.core.product_user import UserState
from shared_code.core.roster_entry import entry_of
from shared_code.core.user_settings import CalendarWish, UserSettings
from tests.unit.core.match_values import NOW, connection, match, product_user

RULES = AccountRules(Policy(), (connection(),))
ACCOUNT = PersonalAccount(
    ConnectionId("account"), CONSUMERS, UserId("ann-at-outlook"), "Ann@Outlook.com", PersonalState.CONNECTED, NOW, NOW
)
ANN = replace(product_user("ann"), personal=(ACCOUNT,))


def calendar(name: str, *, is_default: bool = False) -> LinkedCalendar:
    return LinkedCalendar(
        CalendarId(name),
        is_default=is_default,
        can_edit=True,
        checked=is_default,
        written=is_default,
        state=CalendarState.OK,
        read_at=NOW - timedelta(minutes=4),
    )


def link_of(mailbox: MailboxKey) -> Link:
    key = LinkKey(mailbox, ANN.organization, ANN.user)
    return Link(key, ACCOUNT.connection, NOW, None, (calendar("main", is_default=True), calendar("family")))


def test_an_accounts_calendars_are_counted_as_they_were_chosen_there() -> None:
    wish = CalendarWish(ACCOUNT.mailbox, NOW, checked=(CalendarId("main"), CalendarId("family")))
    chooser = replace(ANN, settings=UserSettings(personal_calendars=(wish,)))
    link = replace(link_of(ACCOUNT.mailbox), chosen_at=NOW)

    out_of_the_box = shown_account(RULES, ANN, ACCOUNT, link_of(ACCOUNT.mailbox), None, NOW).calendars
    chosen = shown_account(RULES, chooser, ACCOUNT, link, None, NOW).calendars

    assert out_of_the_box is not None
    assert (out_of_the_box.checked, out_of_the_box.total) == (1, 2)
    assert chosen is not None
    assert (chosen.checked, chosen.read_at) == (2, NOW - timedelta(minutes=4))


def test_of_an_account_that_is_set_aside_nothing_is_counted() -> None:
    aside = replace(ACCOUNT, state=PersonalState.SET_ASIDE, reason=PersonalReason.NOT_ALLOWED)

    assert shown_account(RULES, ANN, aside, link_of(ACCOUNT.mailbox), None, NOW).calendars is None
    assert shown_account(RULES, ANN, ACCOUNT, None, None, NOW).calendars is None


def test_the_mailbox_that_the_organisation_has_connected_too_is_told_apart() -> None:
    matched = replace(ANN, match=match(1), state=UserState.CONNECTED)
    assert matched.match is not None
    same = replace(ACCOUNT, tenant=matched.match.tenant, user_id=matched.match.user_id)

    assert shown_account(RULES, matched, same, None, None, NOW).is_managed
    assert not shown_account(RULES, matched, ACCOUNT, None, None, NOW).is_managed
    assert not shown_account(RULES, ANN, same, None, None, NOW).is_managed


def test_the_mailbox_of_a_connection_that_does_not_serve_is_nobodys_but_its_owners() -> None:
    matched = replace(ANN, match=match(1), state=UserState.CONNECTED)
    assert matched.match is not None
    same = replace(ACCOUNT, tenant=matched.match.tenant, user_id=matched.match.user_id)
    lost = AccountRules(Policy(), (connection(state=ConnectionState.ATTENTION),))

    assert not shown_account(lost, matched, same, None, None, NOW).is_managed


@pytest.mark.parametrize(
    ("account", "address"),
    [
        ("Ann@Contoso.com", "Ann@Contoso.com"),
        ("ann@outlook.com", None),
        ("ann@contoso.com.evil.example", None),
        ("ann@sub.contoso.com", None),
        ("contoso.com", None),
        ("", None),
    ],
)
def test_an_admin_sees_an_address_in_a_domain_of_their_own_and_no_other(account: str, address: str | None) -> None:
    shown = shown_account(RULES, ANN, replace(ACCOUNT, account=account), None, None, NOW)

    assert seen_by_admins(shown, {"contoso.com", "contoso.example"}).address == address
    assert seen_by_admins(shown, ()).address is None


def test_the_list_of_people_holds_how_accounts_stand_and_not_which_they_are() -> None:
    two = replace(ANN, personal=(ACCOUNT, replace(ACCOUNT, tenant=TenantId("t"), state=PersonalState.PENDING)))

    entry = entry_of(two)

    assert entry.accounts == (PersonalState.CONNECTED, PersonalState.PENDING)
    assert "outlook" not in repr(entry).lower()
