"""When somebody looks again whether people's own accounts, and their tokens, are what they should be."""

from datetime import datetime, timedelta

from shared_code.core.ids import OrganizationId
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.sync_rules import next_turn
from shared_code.core.upkeep import Due

ASKED_AGAIN_AFTER = timedelta(hours=1)


def is_asked_again(account: PersonalAccount, now: datetime) -> bool:
    """Whether the account has waited so long for its first read that the order for it may have been lost."""
    return account.state is PersonalState.PENDING and now - account.changed_at >= ASKED_AGAIN_AFTER


def next_look(organization: OrganizationId, now: datetime) -> Due:
    """Whoever orders something now: an hour later at the earliest, once for all of an organisation's within an hour."""
    return Due(next_turn(organization, now + ASKED_AGAIN_AFTER, ASKED_AGAIN_AFTER), "accounts", organization)


def looks_ahead(organization: OrganizationId, now: datetime) -> tuple[Due, ...]:
    """All that may be set."""
    return next_look(organization, now - ASKED_AGAIN_AFTER), next_look(organization, now)
