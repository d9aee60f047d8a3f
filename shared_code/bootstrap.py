"""The composition root: settings → App. Every part is imported and built on first use.

A notification after a cold start thus pays for neither MSAL nor msgraph, and nothing connects at import.
"""

import os
from functools import cached_property
from typing import TYPE_CHECKING, cast

from shared_code.personal import Personal
from shared_code.settings import read_settings

if TYPE_CHECKING:
    from shared_code import ports
    from shared_code.flows.browsers import Browsers
    from shared_code.flows.confirming import Confirming
    from shared_code.flows.dead_letters import DeadLetterRun, KeepDeadLetters
    from shared_code.flows.delivering import Delivering
    from shared_code.flows.directory_changes import DirectoryChanges
    from shared_code.flows.disconnecting import Disconnecting
    from shared_code.flows.drift import Drift
    from shared_code.flows.explaining import Explaining
    from shared_code.flows.feeding import Feeding
    from shared_code.flows.grant import GrantCheck
    from shared_code.flows.inviting import Inviting
    from shared_code.flows.look_up import LookUp
    from shared_code.flows.mailbox_connect import MailboxConnect
    from shared_code.flows.mailbox_release import MailboxRelease
    from shared_code.flows.mailbox_sync import MailboxSync
    from shared_code.flows.notified import Notified
    from shared_code.flows.opting_out import OptingOut
    from shared_code.flows.organizations import KeepOrganizations
    from shared_code.flows.people import People
    from shared_code.flows.product_events import KeepEvents
    from shared_code.flows.product_users import KeepProductUsers
    from shared_code.flows.proving import Proving
    from shared_code.flows.putting_off import PuttingOff
    from shared_code.flows.reading_again import ReadingAgain
    from shared_code.flows.relaying import Relaying
    from shared_code.flows.repairing import Repairing
    from shared_code.flows.settling_accounts import SettlingAccounts
    from shared_code.flows.subscribing import Subscribing
    from shared_code.flows.upkeep import UpkeepRun
    from shared_code.flows.user_match import UserMatch

_local_clock: "ports.Clock | None" = None
_serving: "App | None" = None


def use(*, clock: "ports.Clock") -> None:
    """The local stack's one seam: its settable clock, handed over before the app is asked for. No setting does this."""
    global _local_clock  # noqa: PLW0603 - set once, by the process that hosts the app
    _local_clock = clock


def serve(composed: "App | None") -> None:
    """Serve with this App, composed elsewhere, instead of one from the environment; None goes back to that."""
    global _serving  # noqa: PLW0603 - one process serves one App
    _serving = composed


def app() -> "App":
    """The one App of this process; raises ``SettingsError`` listing everything that is missing or wrong."""
    if _serving is None:
        serve(App(read_settings(os.environ), _local_clock))
    return cast("App", _serving)


class App(Personal):
    """Flows for ``functions/``, each with the adapters it needs."""

    @cached_property
    def organizations(self) -> "KeepOrganizations":
        from shared_code.flows.organizations import KeepOrganizations

        return KeepOrganizations(self._organizations, self._acting, self._upkeep, self._queues, self.product_events)

    @cached_property
    def product_users(self) -> "KeepProductUsers":
        from shared_code.flows.product_users import KeepProductUsers

        return KeepProductUsers(self._users, self._acting, self._upkeep, self._queues)

    @cached_property
    def people(self) -> "People":
        from shared_code.flows.people import People

        return People(self._roster)

    @cached_property
    def opting_out(self) -> "OptingOut":
        from shared_code.flows.opting_out import OptingOut

        return OptingOut(self._organizations, self._users, self._acting, self._queues)

    @cached_property
    def disconnecting(self) -> "Disconnecting":
        from shared_code.flows.disconnecting import Disconnecting
        from shared_code.flows.kept_bookings import KeptBookings

        return Disconnecting(
            self._organizations,
            self._users,
            self.connections,
            self._acting,
            self._upkeep,
            self._queues,
            self.dead_letters,
            self._product_events,
            KeptBookings(self._users, self._booking_index, self._booking_rows),
        )

    @cached_property
    def inviting(self) -> "Inviting":
        from shared_code.flows.inviting import Inviting

        return Inviting(self._organizations, self._sign_ins, self._upkeep, self._authority, self._seals, self._chance)

    @cached_property
    def proving(self) -> "Proving":
        from shared_code.flows.proving import Proving

        return Proving(self._browsers, self._sign_ins, self._authority, self._seals, self._chance)

    @cached_property
    def confirming(self) -> "Confirming":
        from shared_code.flows.confirming import Confirming

        return Confirming(self._browsers, self._organizations, self._sign_ins, self._upkeep, self._queues)

    @cached_property
    def _browsers(self) -> "Browsers":
        from shared_code.flows.browsers import Browsers

        return Browsers(self._organizations, self._roster, self._sign_ins, self._seals)

    @cached_property
    def grant_check(self) -> "GrantCheck":
        from shared_code.flows.grant import GrantCheck

        return GrantCheck(self._organizations, self._users, self._authority, self._calendars, self._queues)

    @cached_property
    def reading_again(self) -> "ReadingAgain":
        from shared_code.flows.reading_again import ReadingAgain

        return ReadingAgain(self._organizations, self._users, self._queues)

    @cached_property
    def user_match(self) -> "UserMatch":
        from shared_code.flows.user_match import UserMatch

        return UserMatch(self._organizations, self._users, self._directory, self._queues, self._chance, self.clock)

    @cached_property
    def directory_changes(self) -> "DirectoryChanges":
        from shared_code.flows.directory_changes import DirectoryChanges

        return DirectoryChanges(self._organizations, self._users, self._directory, self._queues, self._authority)

    @cached_property
    def look_up(self) -> "LookUp":
        from shared_code.flows.look_up import LookUp

        return LookUp(self._organizations, self._users, self._directory, self._queues)

    @cached_property
    def settling_accounts(self) -> "SettlingAccounts":
        from shared_code.flows.settling_accounts import SettlingAccounts

        return SettlingAccounts(self._organizations, self._users, self._table_repair, self._upkeep, self._queues)

    @cached_property
    def feeding(self) -> "Feeding":
        from shared_code.flows.feeding import Feeding

        return Feeding(self._organizations, self._users, self._queues)

    @cached_property
    def putting_off(self) -> "PuttingOff":
        from shared_code.flows.putting_off import PuttingOff

        return PuttingOff(self._queues)

    @cached_property
    def explaining(self) -> "Explaining":
        from shared_code.flows.explaining import Explaining

        return Explaining(self._organizations, self._users)

    @cached_property
    def notified(self) -> "Notified":
        from shared_code.flows.notified import Notified

        return Notified(self._client_states, self._queues)

    @cached_property
    def mailbox_sync(self) -> "MailboxSync":
        from shared_code.flows.mailbox_sync import MailboxSync

        return MailboxSync(
            self._organizations,
            self._users,
            self._mailboxes,
            self._calendars,
            self._upkeep,
            self._queues,
            self._chance,
            self.clock,
            self.settings.window_days,
        )

    @cached_property
    def drift(self) -> "Drift":
        from shared_code.flows.drift import Drift

        return Drift(self._mailboxes, self._queues)

    @cached_property
    def mailbox_connect(self) -> "MailboxConnect":
        from shared_code.flows.first_read import FirstRead
        from shared_code.flows.mailbox_connect import MailboxConnect

        return MailboxConnect(
            self._organizations,
            self._users,
            self._mailboxes,
            self._upkeep,
            FirstRead(self._calendars, self.settings.window_days),
            self.subscribing,
            self._queues,
            self._chance,
            self.clock,
        )

    @cached_property
    def mailbox_release(self) -> "MailboxRelease":
        from shared_code.flows.mailbox_release import MailboxRelease

        return MailboxRelease(
            self._organizations,
            self._users,
            self._mailboxes,
            self._booking_rows,
            self._upkeep,
            self.subscribing,
            self._token_vault,
            self._queues,
        )

    @cached_property
    def subscribing(self) -> "Subscribing":
        from shared_code.flows.subscribing import Subscribing

        return Subscribing(
            self._organizations,
            self._users,
            self._mailboxes,
            self._subscriptions,
            self._client_states,
            self._upkeep,
            self._queues,
            self._chance,
        )

    @cached_property
    def repairing(self) -> "Repairing":
        from shared_code.flows.repairing import Repairing

        return Repairing(
            self._organizations,
            self._users,
            self._mailboxes,
            self._table_repair,
            self._outbox,
            self._subscriptions,
            self._upkeep,
            self._queues,
        )

    @cached_property
    def upkeep_run(self) -> "UpkeepRun":
        from shared_code.flows.mailbox_turn import MailboxTurn
        from shared_code.flows.upkeep import UpkeepRun

        return UpkeepRun(
            self._upkeep,
            self._organizations,
            MailboxTurn(self._organizations, self._users, self._mailboxes, self._queues),
            self._sign_ins,
            self.connections,
            self.organizations,
            self.booking_upkeep,
            self._queues,
            self.clock,
        )

    @cached_property
    def dead_letter_run(self) -> "DeadLetterRun":
        from shared_code.flows.dead_letters import DeadLetterRun

        return DeadLetterRun(self._poison_queues, self._dead_letters, self.clock)

    @cached_property
    def dead_letters(self) -> "KeepDeadLetters":
        from shared_code.flows.dead_letters import KeepDeadLetters

        return KeepDeadLetters(self._dead_letters, self._queues)

    @cached_property
    def relaying(self) -> "Relaying":
        from shared_code.flows.relaying import Relaying

        return Relaying(
            self._outbox, self._product_events, self._organizations, self._webhooks, self._queues, self.clock
        )

    @cached_property
    def delivering(self) -> "Delivering":
        from shared_code.flows.delivering import Delivering

        return Delivering(self._product_events, self._webhooks, self._dead_letters, self._queues)

    @cached_property
    def product_events(self) -> "KeepEvents":
        from shared_code.flows.product_events import KeepEvents

        return KeepEvents(self._product_events, self._acting, self._webhooks, self._queues)
