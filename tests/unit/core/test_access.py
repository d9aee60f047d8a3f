"""Whether a link may be read: by its connection, or by the account in its user's row."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.access import OVER_AND_DONE, through_account, through_connection
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.mailbox import Link
from shared_code.core.personal_account import PersonalAccount, PersonalReason, PersonalState
from shared_code.core.personal_steps import lost, reason_of_refusal, reason_of_shutting, served
from shared_code.core.product_user import UserState

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
ACME, ANNA = OrganizationId("acme"), ProductUserId("anna")
MANAGED = MailboxKey("organizations", TenantId("t"), UserId("anna"))
OWN = MailboxKey("personal", TenantId("t"), UserId("anna"))
CONNECTION = Connection(
    ConnectionId("c"),
    ACME,
    ConnectionState.ACTIVE,
    NOW,
    ActivationLink(1, NOW, NOW, ANNA),
    tenant=MANAGED.tenant,
)
ACCOUNT = PersonalAccount(
    ConnectionId("own"), OWN.tenant, OWN.user_id, "anna@outlook.example", PersonalState.CONNECTED, NOW, NOW
)
MANAGED_LINK = Link(LinkKey(MANAGED, ACME, ANNA), CONNECTION.connection, NOW)
OWN_LINK = Link(LinkKey(OWN, ACME, ANNA), ACCOUNT.connection, NOW)


def test_a_connection_that_serves_opens_its_own_tenant_and_says_how_long_to_wait() -> None:
    paused = replace(CONNECTION, not_before=NOW + timedelta(minutes=2))

    assert through_connection(CONNECTION, MANAGED_LINK).is_open
    assert through_connection(paused, MANAGED_LINK).wait(NOW) == timedelta(minutes=2)
    assert through_connection(paused, MANAGED_LINK).wait(NOW + timedelta(hours=1)) == timedelta(0)


@pytest.mark.parametrize(
    ("connection", "link"),
    [
        (replace(CONNECTION, tenant=TenantId("another")), MANAGED_LINK),
        (replace(CONNECTION, state=ConnectionState.ATTENTION), MANAGED_LINK),
        (CONNECTION, replace(MANAGED_LINK, is_refused=True)),
    ],
    ids=["another tenant", "in attention", "refused"],
)
def test_what_is_shut_just_now_is_neither_read_nor_released(connection: Connection, link: Link) -> None:
    access = through_connection(connection, link)

    assert (access.is_open, access.is_over) == (False, False)


@pytest.mark.parametrize("connection", [None, replace(CONNECTION, state=ConnectionState.DISCONNECTING)])
def test_a_connection_that_is_gone_or_leaving_releases_its_links(connection: Connection | None) -> None:
    assert through_connection(connection, MANAGED_LINK) == OVER_AND_DONE


@pytest.mark.parametrize(
    ("state", "is_open", "is_over", "needs_owner"),
    [
        (PersonalState.PENDING, True, False, False),
        (PersonalState.CONNECTED, True, False, False),
        (PersonalState.NEEDS_RECONNECT, False, False, True),
        (PersonalState.SET_ASIDE, False, True, False),
    ],
)
def test_an_account_opens_its_link_while_it_is_served(
    state: PersonalState, is_open: bool, is_over: bool, needs_owner: bool
) -> None:
    access = through_account(replace(ACCOUNT, state=state), OWN_LINK)

    assert (access.is_open, access.is_over, access.needs_owner) == (is_open, is_over, needs_owner)


def test_an_account_that_has_left_its_users_row_releases_the_link() -> None:
    assert through_account(None, OWN_LINK) == OVER_AND_DONE


@pytest.mark.parametrize(
    "link", [replace(OWN_LINK, connection=ConnectionId("older")), replace(OWN_LINK, is_refused=True)]
)
def test_a_link_of_an_earlier_connection_or_one_that_was_refused_waits_for_its_first_read(link: Link) -> None:
    access = through_account(ACCOUNT, link)

    assert (access.is_open, access.is_over) == (False, False)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("mfa_required", PersonalReason.MFA_REQUIRED),
        ("consent_missing", PersonalReason.CONSENT_REQUIRED),
        ("permission_missing", PersonalReason.CONSENT_REQUIRED),
        ("whatever", PersonalReason.TOKEN_REFUSED),
    ],
)
def test_a_refusal_is_said_in_the_owners_terms(word: str, reason: PersonalReason) -> None:
    assert reason_of_refusal(word) is reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (UserState.NO_MAILBOX, PersonalReason.MAILBOX_MISSING),
        (UserState.ERROR, PersonalReason.MAILBOX_MISSING),
        (UserState.EXCLUDED_BY_POLICY, PersonalReason.ACCESS_DENIED),
    ],
)
def test_a_mailbox_that_is_shut_to_its_own_owner_is_too(state: UserState, reason: PersonalReason) -> None:
    assert reason_of_shutting(state) is reason


def test_an_account_that_is_read_again_has_no_reason_left() -> None:
    later = NOW + timedelta(days=1)

    shut = lost(ACCOUNT, PersonalReason.REVOKED, NOW)

    assert (shut.state, shut.reason) == (PersonalState.NEEDS_RECONNECT, PersonalReason.REVOKED)
    assert served(shut, later) == replace(ACCOUNT, changed_at=later)
