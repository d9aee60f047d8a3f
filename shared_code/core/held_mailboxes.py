"""Which mailboxes are somebody's at present, and to which of them new meetings go."""

from shared_code.core.ids import MailboxKey
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.sync_rules import HOLDING


def held_mailboxes(user: ProductUser) -> tuple[MailboxKey, ...]:
    """The admin-managed one first, then those of their own accounts by age."""
    is_matched = user.match is not None and user.state in HOLDING
    managed = (user.match.mailbox,) if user.match is not None and is_matched else ()
    return (*managed, *_own(user))


def written_mailbox(policy: Policy, user: ProductUser) -> MailboxKey | None:
    """Where they want new meetings, unless that is locked or theirs no longer; else where those go by default."""
    wish = user.settings.written_mailbox
    if wish in held_mailboxes(user) and not policy.write_calendar.locked:
        return wish
    return default_mailbox(user)


def default_mailbox(user: ProductUser) -> MailboxKey | None:
    """The admin-managed one; that of their oldest account as long as the former is not open to us, be it that it waits
    for a review."""
    managed, own = user.match.mailbox if user.match is not None else None, _own(user)
    is_open = user.state is UserState.CONNECTED
    return managed if managed is not None and (is_open or not own) else next(iter(own), None)


def _own(user: ProductUser) -> tuple[MailboxKey, ...]:
    return tuple(account.mailbox for account in user.personal if account.is_held)
