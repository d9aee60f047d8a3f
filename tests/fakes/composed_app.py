"""The real App over storage in memory and fakes behind Microsoft's ports: what flows and functions are tested on."""

from base64 import b64encode
from functools import cached_property

from shared_code import ports
from shared_code.booking_ports import Events
from shared_code.bootstrap import App
from shared_code.calendar_ports import CalendarNames
from shared_code.cancellation_ports import EventSearch
from shared_code.dead_letter_ports import PoisonQueues
from shared_code.directory_ports import Directory
from shared_code.event_ports import Webhooks
from shared_code.personal_ports import PersonalAuthority
from shared_code.settings import Settings, read_settings
from shared_code.subscription_ports import Subscriptions
from tests.fakes.chance import CountingChance
from tests.fakes.clock import FixedClock
from tests.fakes.fake_authority import FakeAuthority
from tests.fakes.fake_calendars import FakeCalendars
from tests.fakes.fake_directory import FakeDirectory
from tests.fakes.fake_event_search import FakeEventSearch
from tests.fakes.fake_events import FakeEvents
from tests.fakes.fake_personal_authority import FakePersonalAuthority
from tests.fakes.fake_subscriptions import FakeSubscriptions
from tests.fakes.fake_webhooks import FakeWebhooks
from tests.fakes.memory_poison_queues import MemoryPoisonQueues
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.memory_rows import MemoryRows

BASE_URL = "https://orgcal.example"


def make_settings(**changes: str) -> Settings:
    return read_settings(
        {
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            "ORGCAL_BASE_URL": BASE_URL,
            "ORGCAL_PRODUCT_NAME": "Meetwell",
            "ORGCAL_AUTHORITY_URL": "https://authority.example",
            "ORGCAL_GRAPH_URL": "https://graph.example",
            "ORGCAL_CLIENT_ID": "0b7c7e6c-1111-4222-8333-944444444444",
            "ORGCAL_CLIENT_CERTIFICATE": "not read by fakes",
            "ORGCAL_PERSONAL_CLIENT_ID": "0c9d8e7f-1a2b-4c3d-9e8f-7a6b5c4d3e2f",
            "ORGCAL_PERSONAL_CLIENT_CERTIFICATE": "not read by fakes",
            "ORGCAL_TOKEN_KEYS": "one:" + b64encode(bytes(32)).decode(),
            "ORGCAL_SIGNING_KEYS": "a-signing-key-of-thirty-two-characters",
            "ORGCAL_RETURN_ORIGINS": "https://product.example, http://localhost:3000",
            **changes,
        }
    )


class ComposedApp(App):
    """Every flow is the real one; what it reaches is in memory and can be looked at."""

    clock: FixedClock

    def __init__(self, settings: Settings | None = None, clock: FixedClock | None = None) -> None:
        super().__init__(settings or make_settings(), clock or FixedClock())
        self.rows = MemoryRows()
        self.sent = MemoryQueues(self.clock)
        self.given_up = MemoryPoisonQueues(self.clock)
        self.microsoft = FakeAuthority()
        self.directory = FakeDirectory()
        self.calendars = FakeCalendars()
        self.events = FakeEvents(self.calendars)
        self.search = FakeEventSearch(self.calendars, marks=self.events.marks)
        self.subscriptions = FakeSubscriptions()
        self.product = FakeWebhooks()
        self.outlook = FakePersonalAuthority()

    @cached_property
    def _rows(self) -> MemoryRows:  # type: ignore[override]
        return self.rows

    @cached_property
    def _queues(self) -> ports.Queues:
        return self.sent

    @cached_property
    def _poison_queues(self) -> PoisonQueues:
        return self.given_up

    @cached_property
    def _chance(self) -> ports.Chance:
        return CountingChance()

    @cached_property
    def _authority(self) -> ports.Authority:
        return self.microsoft

    @cached_property
    def _personal_authority(self) -> PersonalAuthority:
        return self.outlook

    @cached_property
    def _directory(self) -> Directory:
        return self.directory

    @cached_property
    def _subscriptions(self) -> Subscriptions:
        return self.subscriptions

    @cached_property
    def _calendar_names(self) -> CalendarNames:
        return self.calendars

    @cached_property
    def _events(self) -> Events:
        return self.events

    @cached_property
    def _event_search(self) -> EventSearch:
        return self.search

    @cached_property
    def _webhooks(self) -> Webhooks:
        return self.product

    @cached_property
    def _calendars(self) -> ports.Calendars:
        return self.calendars
