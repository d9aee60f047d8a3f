"""The adapters of one deployment, each imported and built at first use; ``bootstrap.App`` puts the flows on top."""

from functools import cached_property
from typing import TYPE_CHECKING

from shared_code.settings import Settings

if TYPE_CHECKING:
    from shared_code import ports
    from shared_code.adapters.entra.delegated_tokens import DelegatedTokens
    from shared_code.adapters.entra.graph_tokens import GraphTokens
    from shared_code.adapters.entra.tokens import TokenCache
    from shared_code.adapters.graph.client import GraphClient
    from shared_code.adapters.storage import StorageAccount
    from shared_code.adapters.tables.announced import AnnouncedRows
    from shared_code.adapters.tables.azure_rows import AzureRows
    from shared_code.adapters.token_keys import Unwrapping
    from shared_code.adapters.token_vault import TableTokenVault
    from shared_code.booking_ports import BookingIndex, BookingRows, Events, Marks
    from shared_code.calendar_ports import CalendarNames
    from shared_code.cancellation_ports import EventSearch, Holds
    from shared_code.dead_letter_ports import DeadLetters, PoisonQueues
    from shared_code.directory_ports import Directory
    from shared_code.event_ports import Outbox, ProductEvents, Webhooks
    from shared_code.mailbox_ports import Mailboxes
    from shared_code.portal_ports import PortalSessions
    from shared_code.repair_ports import TableRepair
    from shared_code.roster_ports import Roster
    from shared_code.subscription_ports import ClientStates, Subscriptions


class World:
    """What the flows reach through their ports."""

    def __init__(self, settings: Settings, clock: "ports.Clock | None" = None) -> None:
        self.settings = settings
        self._clock = clock

    @cached_property
    def health(self) -> "ports.Health":
        from shared_code.adapters.health import StorageHealth
        from shared_code.adapters.queues import StorageQueues

        return StorageHealth(self._rows, StorageQueues(self._account))

    @cached_property
    def clock(self) -> "ports.Clock":
        from shared_code.adapters.clock import SystemClock

        return self._clock or SystemClock()

    @cached_property
    def _chance(self) -> "ports.Chance":
        from shared_code.adapters.chance import SystemChance

        return SystemChance()

    @cached_property
    def _seals(self) -> "ports.Seals":
        from shared_code.adapters.seals import SignedSeals

        return SignedSeals(self.settings.signing_keys)

    @cached_property
    def _client_states(self) -> "ClientStates":
        from shared_code.adapters.client_states import SignedClientStates

        return SignedClientStates(self.settings.signing_keys)

    @cached_property
    def _account(self) -> "StorageAccount":
        from shared_code.adapters.storage import StorageAccount

        return StorageAccount(self.settings.storage)

    @cached_property
    def _rows(self) -> "AzureRows":
        from shared_code.adapters.tables.azure_rows import AzureRows

        return AzureRows(self._account)

    @cached_property
    def _announced_rows(self) -> "AnnouncedRows":
        from shared_code.adapters.tables.announced import AnnouncedRows

        return AnnouncedRows(self._rows, self._queues, self.clock)

    @cached_property
    def _organizations(self) -> "ports.Organizations":
        from shared_code.adapters.tables.organizations import TableOrganizations

        return TableOrganizations(self._announced_rows)

    @cached_property
    def _users(self) -> "ports.ProductUsers":
        from shared_code.adapters.tables.product_users import TableProductUsers

        return TableProductUsers(self._announced_rows)

    @cached_property
    def _roster(self) -> "Roster":
        from shared_code.adapters.tables.roster import TableRoster

        return TableRoster(self._rows)

    @cached_property
    def _mailboxes(self) -> "Mailboxes":
        from shared_code.adapters.tables.mailboxes import TableMailboxes

        return TableMailboxes(self._announced_rows)

    @cached_property
    def _table_repair(self) -> "TableRepair":
        from shared_code.adapters.tables.repair import RowRepair

        return RowRepair(self._rows)

    @cached_property
    def _outbox(self) -> "Outbox":
        from shared_code.adapters.tables.outbox import TableOutbox

        return TableOutbox(self._rows)

    @cached_property
    def _product_events(self) -> "ProductEvents":
        from shared_code.adapters.tables.product_events import TableProductEvents

        return TableProductEvents(self._rows)

    @cached_property
    def _webhooks(self) -> "Webhooks":
        from shared_code.adapters.clock import SystemClock
        from shared_code.adapters.product_webhooks import ProductWebhooks

        # The signed instant is compared with the receiver's own clock, which no local stack moves.
        return ProductWebhooks(self.settings.events_url, self.settings.events_secrets, SystemClock())

    @cached_property
    def _sign_ins(self) -> "ports.SignIns":
        from shared_code.adapters.tables.sign_ins import TableSignIns

        return TableSignIns(self._rows)

    @cached_property
    def _portal_sessions(self) -> "PortalSessions":
        from shared_code.adapters.tables.portal_sessions import TablePortalSessions

        return TablePortalSessions(self._rows)

    @cached_property
    def _upkeep(self) -> "ports.Upkeep":
        from shared_code.adapters.tables.upkeep import TableUpkeep

        return TableUpkeep(self._rows)

    @cached_property
    def _queues(self) -> "ports.Queues":
        from shared_code.adapters.queues import StorageQueues

        return StorageQueues(self._account)

    @cached_property
    def _poison_queues(self) -> "PoisonQueues":
        from shared_code.adapters.poison_queues import StoragePoisonQueues

        return StoragePoisonQueues(self._account)

    @cached_property
    def _dead_letters(self) -> "DeadLetters":
        from shared_code.adapters.tables.dead_letters import TableDeadLetters

        return TableDeadLetters(self._rows)

    @cached_property
    def _authority(self) -> "ports.Authority":
        from shared_code.adapters.entra.authority import entra_authority

        return entra_authority(self.settings, self._tokens, self.clock)

    @cached_property
    def _directory(self) -> "Directory":
        from shared_code.adapters.graph.directory import GraphDirectory

        return GraphDirectory(self._graph)

    @cached_property
    def _delegated_tokens(self) -> "DelegatedTokens | None":
        """None where nobody can connect an account of their own."""
        if not self.settings.personal_client_id:
            return None
        from shared_code.adapters.entra.delegated_tokens import delegated_tokens

        return delegated_tokens(self.settings, self._token_vault, self.clock)

    @cached_property
    def _token_vault(self) -> "TableTokenVault":
        from shared_code.adapters.token_keys import TokenKeys
        from shared_code.adapters.token_vault import TableTokenVault

        return TableTokenVault(self._rows, TokenKeys(self.settings.token_keys, self._token_unwrapping), self.clock)

    @cached_property
    def _token_unwrapping(self) -> "Unwrapping":
        from shared_code.adapters.token_keys import NotWrapped

        if not self.settings.token_key_vault_key:
            return NotWrapped()
        from shared_code.adapters.key_vault import key_vault_unwrapping

        return key_vault_unwrapping(self.settings)

    @cached_property
    def _calendars(self) -> "ports.Calendars":
        from shared_code.adapters.graph.calendars import GraphCalendars

        return GraphCalendars(self._graph)

    @cached_property
    def _calendar_names(self) -> "CalendarNames":
        from shared_code.adapters.graph.calendars import GraphCalendars

        return GraphCalendars(self._graph)

    @cached_property
    def _booking_index(self) -> "BookingIndex":
        from shared_code.adapters.tables.booking_rows import TableBookingIndex

        return TableBookingIndex(self._rows)

    @cached_property
    def _booking_rows(self) -> "BookingRows":
        from shared_code.adapters.tables.booking_rows import TableBookingRows

        return TableBookingRows(self._rows)

    @cached_property
    def _events(self) -> "Events":
        from shared_code.adapters.graph.events import GraphEvents

        return GraphEvents(self._graph)

    @cached_property
    def _marks(self) -> "Marks":
        from shared_code.adapters.marks import KeyedMarks

        return KeyedMarks(self.settings.signing_keys)

    @cached_property
    def _event_search(self) -> "EventSearch":
        from shared_code.adapters.graph.event_search import GraphEventSearch

        return GraphEventSearch(self._graph)

    @cached_property
    def _holds(self) -> "Holds":
        from shared_code.adapters.tables.holds import TableHolds

        return TableHolds(self._announced_rows)

    @cached_property
    def _subscriptions(self) -> "Subscriptions":
        from shared_code.adapters.graph.subscriptions import GraphSubscriptions, addresses_of
        from shared_code.adapters.warming import Warming

        base_url = self.settings.base_url
        return GraphSubscriptions(self._graph, base_url, Warming(addresses_of(base_url), self.clock))

    @cached_property
    def _graph(self) -> "GraphClient":
        from shared_code.adapters.graph.client import GraphClient

        return GraphClient(self.settings.endpoints.graph, self._graph_tokens, self.clock)

    @cached_property
    def _graph_tokens(self) -> "GraphTokens":
        from shared_code.adapters.entra.graph_tokens import GraphTokens

        return GraphTokens(self._tokens, self._delegated_tokens)

    @cached_property
    def _tokens(self) -> "TokenCache":
        from shared_code.adapters.entra.authority import app_tokens

        return app_tokens(self.settings, self.clock)
