"""The flows behind the pages that people look at, over the adapters; ``bootstrap.App`` has all the others."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from shared_code.meetings import Meetings

if TYPE_CHECKING:
    from shared_code.flows.choosing import Choosing
    from shared_code.flows.connecting import KeepConnections
    from shared_code.flows.held_bookings import HeldBookings
    from shared_code.flows.my_calendars import MyCalendars
    from shared_code.flows.overview import Overview
    from shared_code.flows.own_calendars import OwnCalendars
    from shared_code.flows.person import Person
    from shared_code.flows.personal_accounts import PersonalAccounts
    from shared_code.flows.portal import Portal
    from shared_code.flows.reviewing import Reviewing


class Showing(Meetings):
    """As in ``bootstrap``: each is imported and built at first use."""

    @cached_property
    def overview(self) -> "Overview":
        from shared_code.flows.overview import Overview

        return Overview(self._acting, self._roster, self.connections)

    @cached_property
    def person(self) -> "Person":
        from shared_code.flows.person import Person

        return Person(self._acting, self._mailboxes)

    @cached_property
    def personal_accounts(self) -> "PersonalAccounts":
        from shared_code.flows.personal_accounts import PersonalAccounts

        return PersonalAccounts(self._acting, self.portal, bool(self.settings.personal_client_id))

    @cached_property
    def portal(self) -> "Portal":
        from shared_code.flows.portal import Portal

        return Portal(
            self._acting,
            self._portal_sessions,
            self._upkeep,
            self._chance,
            self._seals,
            self.settings.base_url,
            self.settings.return_origins,
        )

    @cached_property
    def my_calendars(self) -> "MyCalendars":
        from shared_code.flows.my_calendars import MyCalendars

        return MyCalendars(self._acting, self._mailboxes, self._own_calendars, self.choosing)

    @cached_property
    def choosing(self) -> "Choosing":
        from shared_code.flows.choosing import Choosing

        return Choosing(
            self._organizations,
            self._users,
            self._mailboxes,
            self._own_calendars,
            self._acting,
            self._queues,
        )

    @cached_property
    def _own_calendars(self) -> "OwnCalendars":
        from shared_code.flows.own_calendars import OwnCalendars

        return OwnCalendars(self._calendars, self._calendar_names, self._queues)

    @cached_property
    def reviewing(self) -> "Reviewing":
        from shared_code.flows.reviewing import Reviewing

        return Reviewing(self._acting, self._roster, self.connections)

    @cached_property
    def held_bookings(self) -> "HeldBookings":
        from shared_code.flows.held_bookings import HeldBookings

        return HeldBookings(self.held_cancellations, self._mailboxes)

    @cached_property
    def connections(self) -> "KeepConnections":
        from shared_code.flows.connecting import KeepConnections

        return KeepConnections(
            self._organizations,
            self._acting,
            self._upkeep,
            self._queues,
            self._seals,
            self._chance,
            self.settings.base_url,
            timedelta(days=self.settings.link_days),
        )
