"""A person's calendars, and what they chose."""

from msgspec import UnsetType

from functions import wire_settings as wire
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import USER, blueprint
from functions.product_api.policies import statuses_given, statuses_sent
from functions.product_api.users import READ
from shared_code.core.choosing import SentSettings, ShownCalendar, ShownSettings
from shared_code.core.ids import CalendarId, ProductUserId
from shared_code.core.wishes import STAY, Stay
from shared_code.errors import Problem


@operation(
    blueprint,
    Operation(
        "list_calendars",
        "GET",
        USER + "/calendars",
        "A user's calendars in all of their connections, as Microsoft lists them at this moment",
        answers={200: wire.OwnCalendarsGiven},
        problems=(*READ, Problem.NOT_CONNECTED),
    ),
)
async def list_calendars(call: Call) -> Answer:
    listed = await call.app.choosing.calendars(call.organization, call.user, call.now)
    given = [_calendar_given(each) for each in listed.calendars]
    return Answer(wire.OwnCalendarsGiven(user=call.user, calendars=given, unseen=list(listed.unseen)))


@operation(
    blueprint,
    Operation(
        "get_settings",
        "GET",
        USER + "/settings",
        "Which calendars are checked and written to, what blocks time, and whether cancellations are synced",
        answers={200: wire.SettingsGiven},
        problems=READ,
    ),
)
async def get_settings(call: Call) -> Answer:
    return Answer(_given(call.user, await call.app.choosing.settings(call.organization, call.user)))


@operation(
    blueprint,
    Operation(
        "put_settings",
        "PUT",
        USER + "/settings",
        "Choose, as that user or as an owner or admin; all of it is taken or nothing",
        request=wire.SettingsBody,
        answers={200: wire.SettingsGiven},
        acting=True,
        problems=(
            *READ,
            Problem.ROLE_REQUIRED,
            Problem.POLICY_FORBIDS,
            Problem.NOT_CONNECTED,
            Problem.CHANGED_MEANWHILE,
            Problem.CALENDAR_UNKNOWN,
            Problem.CALENDAR_NOT_EDITABLE,
        ),
    ),
)
async def put_settings(call: Call) -> Answer:
    sent = _sent(call.decode(wire.SettingsBody))
    shown = await call.app.choosing.choose(call.organization, call.user, sent, call.by, call.now)
    return Answer(_given(call.user, shown))


def _sent(body: wire.SettingsBody) -> SentSettings:
    checked, written, statuses = body.checked_calendars, body.write_calendar, body.busy_statuses
    return SentSettings(
        checked_calendars=frozenset(map(CalendarId, checked)) if isinstance(checked, list) else _absent(checked),
        write_calendar=CalendarId(written) if isinstance(written, str) else _absent(written),
        busy_statuses=statuses_sent(statuses) if isinstance(statuses, list) else _absent(statuses),
        cancellation_sync=STAY if isinstance(body.cancellation_sync, UnsetType) else body.cancellation_sync,
    )


def _absent(value: UnsetType | None) -> Stay | None:
    return STAY if isinstance(value, UnsetType) else None


def _given(user: ProductUserId, shown: ShownSettings) -> wire.SettingsGiven:
    checked = shown.checked_calendars
    return wire.SettingsGiven(
        user=user,
        checked_calendars=None if checked is None else sorted(checked),
        write_calendar=shown.write_calendar,
        busy_statuses=statuses_given(shown.busy_statuses),
        cancellation_sync=shown.cancellation_sync,
        chosen=list(shown.chosen),
        locked=list(shown.locked),
    )


def _calendar_given(shown: ShownCalendar) -> wire.OwnCalendarGiven:
    calendar = shown.named.calendar
    return wire.OwnCalendarGiven(
        calendar=calendar.calendar,
        name=shown.named.name,
        color=shown.named.color,
        hex_color=shown.named.hex_color,
        is_default=calendar.is_default,
        can_edit=calendar.can_edit,
        checked=shown.checked,
        written=shown.written,
        connection=shown.connection,
        polled=shown.polled,
    )
