"""Somebody reads how the accounts stand that they connected themself, and what to do about each."""

from dataclasses import replace
from html import unescape

import pytest

from shared_code.core.personal_account import CONSUMERS, MOST_ACCOUNTS, PersonalReason, PersonalState
from shared_code.core.policy import PersonalConnections, Policy
from shared_code.core.settings_form import FormFault
from shared_code.pages.account_texts import BARS, REASONS, standing_of
from shared_code.pages.brand import Brand
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.me import MeView, render_me
from tests.browser.gallery_accounts import NOW, SET_ASIDE, connected, hurt, shown
from tests.browser.my_pages import of_connected

FRAME = Frame(Brand("Meetwell"), signed_in=SignedIn("Acme", "ursula@acme.example", False, "token", None))
CONNECT = 'href="/portal/me/connect"'
AGAIN = f'href="/portal/me/connect?account={connected().account.connection}"'
DISCONNECT = f'href="/portal/me/accounts/{connected().account.connection}/disconnect"'
HELP = 'href="/portal/me/blocked"'
MINE = of_connected()


def looked(mine: object = MINE, **view: bool) -> str:
    return unescape(render_me(FRAME, replace(MeView(MINE, NOW, offers_accounts=True), mine=mine, **view)))  # type: ignore[arg-type]  # of the view's own fields


def test_every_reason_has_its_words() -> None:
    assert set(REASONS) == set(PersonalReason)
    assert set(BARS) == SET_ASIDE
    assert len({standing.happened for standing in REASONS.values()}) == len(PersonalReason)


def test_beside_accounts_of_ones_own_the_last_word_names_the_one_that_the_organisation_set_up() -> None:
    about = f"This is about {MINE.account}."

    assert about in looked(replace(MINE, accounts=(connected(),)))
    assert about not in looked()


def test_an_account_is_shown_with_its_calendars_by_count_and_freshness() -> None:
    page = looked(replace(MINE, accounts=(connected(),)))

    assert connected().account.account in page
    assert "3 of 7 are checked" in page
    assert DISCONNECT in page
    assert AGAIN not in page


@pytest.mark.parametrize("reason", set(PersonalReason) - SET_ASIDE)
def test_what_only_its_owner_can_mend_is_connected_again(reason: PersonalReason) -> None:
    page = looked(replace(MINE, accounts=(hurt(reason),)))

    assert REASONS[reason].happened in page
    assert AGAIN in page
    assert DISCONNECT in page


@pytest.mark.parametrize("reason", set(PersonalReason) - SET_ASIDE)
def test_an_outlook_com_account_is_nobodys_but_its_owners(reason: PersonalReason) -> None:
    lost = hurt(reason)

    page = looked(replace(MINE, accounts=(replace(lost, account=replace(lost.account, tenant=CONSUMERS)),)))
    card = page.split('aria-labelledby="account-1"')[1].split("</section>")[0]

    assert "onnect it again" in card
    assert AGAIN in card
    assert "dministrator" not in card
    assert HELP not in card


@pytest.mark.parametrize("reason", SET_ASIDE)
def test_what_the_policy_has_set_aside_is_not_connected_again_but_can_be_given_up(reason: PersonalReason) -> None:
    page = looked(replace(MINE, accounts=(hurt(reason),)))

    assert REASONS[reason].happened in page
    assert AGAIN not in page
    assert DISCONNECT in page


@pytest.mark.parametrize("rule", [PersonalConnections.OFF, PersonalConnections.WITHOUT_ADMIN_MANAGED])
def test_whoever_may_not_connect_reads_why_if_they_have_to_do_with_it(rule: PersonalConnections) -> None:
    policy = Policy(personal_connections=rule)
    reason = PersonalReason.NOT_ALLOWED if rule is PersonalConnections.OFF else PersonalReason.ADMIN_MANAGED

    with_one = looked(replace(MINE, policy=policy, accounts=(hurt(reason),)))
    without = looked(replace(MINE, policy=policy))

    assert BARS[reason] in with_one
    assert CONNECT not in with_one
    assert (BARS[reason] in without) is (rule is not PersonalConnections.OFF)
    assert CONNECT not in without


def test_where_the_deployment_has_no_such_accounts_nothing_is_said_of_them() -> None:
    page = looked(offers_accounts=False)

    assert "account of your own" not in page
    assert CONNECT not in page


def test_an_account_of_a_deployment_that_has_them_no_more_can_be_given_up_only() -> None:
    page = looked(replace(MINE, accounts=(hurt(PersonalReason.REVOKED),)), offers_accounts=False)

    assert DISCONNECT in page
    assert AGAIN not in page
    assert CONNECT not in page


def test_nobody_is_offered_more_accounts_than_there_can_be() -> None:
    every = tuple(shown(number, PersonalState.CONNECTED) for number in range(MOST_ACCOUNTS))

    assert CONNECT in looked(replace(MINE, accounts=every[1:]))
    assert CONNECT not in looked(replace(MINE, accounts=every))
    assert "Five accounts of your own" in looked(replace(MINE, accounts=every))


def test_whoever_did_not_come_back_from_microsoft_is_led_to_help() -> None:
    assert "Microsoft did not send you back" in looked(is_unanswered=True)
    assert HELP in looked(is_unanswered=True)
    assert "Microsoft did not send you back" not in looked()


def test_the_mailbox_that_the_organisation_connected_too_says_so() -> None:
    managed = replace(connected(), is_managed=True)

    assert "Acme has connected this very mailbox" in looked(replace(MINE, accounts=(managed,)))
    assert "this very mailbox" not in looked(replace(MINE, accounts=(connected(),)))


def test_a_first_read_is_followed_for_a_while() -> None:
    waiting = replace(MINE, accounts=(shown(1, PersonalState.PENDING),))

    assert 'data-live="' in looked(waiting)
    assert 'data-live="' not in looked()


def test_a_form_that_was_not_taken_is_not_looked_at_again() -> None:
    view = MeView(replace(MINE, accounts=(shown(1, PersonalState.PENDING),)), NOW)

    refused = render_me(FRAME, replace(view, faults={"busy_statuses": FormFault.CHANGED_MEANWHILE}))

    assert 'data-live="' in render_me(FRAME, view)
    assert 'data-live="' not in refused
    assert "Look again" not in refused


def test_a_word_that_is_not_there_yet_needs_its_owner() -> None:
    assert standing_of(hurt(PersonalReason.TOKEN_REFUSED).account).label == "Needs you"
    assert standing_of(replace(hurt(PersonalReason.REVOKED).account, reason=None)).label == "Needs you"
