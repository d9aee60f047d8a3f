"""Organisations with their policies, people's settings and their calendars, in and out."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from functions.wire import Body, ConnectionGiven, Given, InstantGiven

FirstMatch = Annotated[
    Literal["automatic", "review"],
    Meta(description="What follows the first match: people are connected, or an admin looks first."),
]
MayDisconnect = Annotated[
    bool, Meta(description="Whether people may disconnect themselves; an owner or admin may at any time.")
]
AdminManaged = Annotated[
    bool, Meta(description="Whether people are matched anew. Whoever was matched before stays connected.")
]
BusyUpdates = Annotated[bool, Meta(description="Whether events `busy.updated` are sent.")]
CohostCancels = Annotated[bool, Meta(description="Whether a co-host's decline cancels a booking.")]
PersonalRule = Annotated[
    Literal["allowed", "without_admin_managed", "off"],
    Meta(description="Whether people may connect Outlook accounts of their own, or only those without a managed one."),
]
TakeoverRule = Annotated[
    Literal["keep", "replace", "both"],
    Meta(description="Whether a match leaves out whoever has an account of their own, takes its place, or joins it."),
]
Locked = Annotated[bool, Meta(description="Whether it holds for everybody, whatever they chose.")]
CheckedByDefault = Annotated[
    Literal["default", "all"],
    Meta(description="The mailbox's default calendar, or all of the user's own."),
]
WrittenByDefault = Annotated[Literal["default"], Meta(description="The mailbox's default calendar.")]
BusyStatus = Literal["busy", "tentative", "out_of_office", "working_elsewhere"]
BusyStatuses = Annotated[
    list[BusyStatus], Meta(max_length=20, description="What blocks time. `busy` always does, sent or not.")
]
CalendarName = Annotated[str, Meta(min_length=1, max_length=1000)]


class CheckedRuleBody(Body):
    """What is left out, or null, stays as it is."""

    default: CheckedByDefault | None = None
    locked: Locked | None = None


class WrittenRuleBody(Body):
    """What is left out, or null, stays as it is."""

    default: WrittenByDefault | None = None
    locked: Locked | None = None


class StatusesRuleBody(Body):
    """What is left out, or null, stays as it is."""

    default: BusyStatuses | None = None
    locked: Locked | None = None


class SwitchRuleBody(Body):
    """What is left out, or null, stays as it is."""

    default: bool | None = None
    locked: Locked | None = None


class PolicyBody(Body):
    """What is left out, or null, stays as it is."""

    activation: FirstMatch | None = None
    allow_user_disconnect: MayDisconnect | None = None
    admin_managed: AdminManaged | None = None
    cohost_decline_cancels: CohostCancels | None = None
    busy_updates: BusyUpdates | None = None
    checked_calendars: CheckedRuleBody | None = None
    write_calendar: WrittenRuleBody | None = None
    busy_statuses: StatusesRuleBody | None = None
    cancellation_sync: SwitchRuleBody | None = None
    personal_connections: PersonalRule | None = None
    takeover: TakeoverRule | None = None


class OrganizationBody(Body):
    name: Annotated[str, Meta(min_length=1, max_length=200, description="Shown to the Microsoft administrator.")]
    policy: PolicyBody | None = None


class CheckedRuleGiven(Given):
    default: CheckedByDefault
    locked: Locked


class WrittenRuleGiven(Given):
    default: WrittenByDefault
    locked: Locked


class StatusesRuleGiven(Given):
    default: list[BusyStatus]
    locked: Locked


class SwitchRuleGiven(Given):
    default: bool
    locked: Locked


class PolicyGiven(Given):
    activation: FirstMatch
    allow_user_disconnect: MayDisconnect
    admin_managed: AdminManaged
    cohost_decline_cancels: CohostCancels
    busy_updates: BusyUpdates
    checked_calendars: CheckedRuleGiven
    write_calendar: WrittenRuleGiven
    busy_statuses: StatusesRuleGiven
    cancellation_sync: SwitchRuleGiven
    personal_connections: PersonalRule
    takeover: TakeoverRule


class OrganizationGiven(Given):
    organization: str
    name: str
    policy: PolicyGiven
    created_at: InstantGiven
    connections: list[ConnectionGiven]


class SettingsBody(Body):
    """What is left out stays as it is; null takes a choice back, so that the organization's default holds."""

    checked_calendars: Annotated[list[CalendarName], Meta(max_length=500)] | UnsetType | None = UNSET
    write_calendar: CalendarName | UnsetType | None = UNSET
    busy_statuses: BusyStatuses | UnsetType | None = UNSET
    cancellation_sync: bool | UnsetType | None = UNSET


SettingName = Literal["checked_calendars", "write_calendar", "busy_statuses", "cancellation_sync"]


class SettingsGiven(Given):
    user: str
    checked_calendars: Annotated[
        list[str] | None, Meta(description="Null where no calendars are known, since nothing is connected.")
    ]
    write_calendar: Annotated[str | None, Meta(description="Null where there is none that can be edited.")]
    busy_statuses: list[BusyStatus]
    cancellation_sync: bool
    chosen: Annotated[
        list[SettingName], Meta(description="What was chosen for this user, even if a lock overrides it.")
    ]
    locked: Annotated[list[SettingName], Meta(description="What the organization decides for everybody.")]


class OwnCalendarGiven(Given):
    calendar: str
    name: Annotated[str, Meta(description="As it is in Outlook at this moment; Orgcal does not keep it.")]
    color: Annotated[str, Meta(description="Microsoft's name of the color, such as `auto` or `lightBlue`.")]
    hex_color: Annotated[str | None, Meta(description="Such as `#0078d4`, if the user chose one.")]
    is_default: bool
    can_edit: bool
    checked: bool
    written: bool
    connection: Annotated[str, Meta(description="Of the organization, or a personal one, through which it is seen.")]
    polled: Annotated[
        bool,
        Meta(description="Somebody else's, or of the internet: read every quarter of an hour, since nobody tells."),
    ]


class OwnCalendarsGiven(Given):
    user: str
    calendars: list[OwnCalendarGiven]
    unseen: Annotated[
        list[str], Meta(description="Connections that are not open at present. A choice leaves their calendars alone.")
    ]
