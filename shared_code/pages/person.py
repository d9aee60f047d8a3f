"""One person at large, as an admin sees them, and the question before they are disconnected."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared_code.core.calendar import ShowAs
from shared_code.core.ids import ProductUserId
from shared_code.core.person import PersonOf
from shared_code.core.policy import CheckedByDefault
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.settings import CalendarChoice, EffectiveSettings, in_order
from shared_code.pages.calendars import CALENDARS, STATUSES
from shared_code.pages.decisions import CLUES, OUTCOMES
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_
from shared_code.pages.people_query import LIST
from shared_code.pages.rendering import render
from shared_code.pages.states import RULES, STATES, reason_text
from shared_code.pages.their_accounts import account_rows

_SOON: Final = {Reason.AWAITING_LOOK_UP, Reason.AWAITING_FIRST_READ}
_WATCHED_FOR: Final = timedelta(minutes=10)  # a page that looks again by itself keeps its session alive


@dataclass(frozen=True)
class PersonView:
    person: PersonOf
    can_connect: bool  # who has opted out, and whom the policy lets in again
    now: datetime


def render_user(frame: Frame, view: PersonView) -> str:
    person = view.person
    user = person.user
    return render(
        frame,
        "user.html",
        person=person,
        user=user,
        state=STATES[user.state],
        reason=reason_text(user.state, user.reason),
        rule=RULES[person.explained.rule] if person.explained.rule else None,
        place=_place(person),
        is_soon=_is_soon_over(view),
        can_connect=view.can_connect,
        can_disconnect=user.match is not None and user.state is not UserState.OPTED_OUT,
        calendars=CALENDARS,
        statuses=_statuses(person.settings),
        checked=_checked(person.settings.calendars),
        outcomes=OUTCOMES,
        clues=CLUES,
        address=f"{LIST}/{user.user}",
        accounts=account_rows(person.accounts),
        list=LIST,
        at=LIST,
    )


def render_disconnect_user(frame: Frame, user: ProductUserId, account: str | None) -> str:
    return render(
        frame, "user_disconnect.html", user=user, account=account, address=f"{LIST}/{user}", list=LIST, at=LIST
    )


def _is_soon_over(view: PersonView) -> bool:
    user = view.person.user
    is_soon = user.state is UserState.PENDING and user.reason in _SOON
    return is_soon and view.now - user.changed_at < _WATCHED_FOR


def _place(person: PersonOf) -> tuple[str, str] | None:
    """Where the admin does what is to be done: a label and an address."""
    connection = f"/portal/outlook/{person.explained.connection}"
    places = {
        Reason.AWAITING_LOOK_UP: (N_("Outlook calendars"), "/portal/outlook"),
        Reason.ORGANIZATION_DISCONNECTED: (N_("Outlook calendars"), "/portal/outlook"),
        Reason.NOT_ADMIN_MANAGED: (N_("Policy"), "/portal/policy"),
        Reason.AWAITING_ACCESS: (N_("To the connection"), connection),
        Reason.AWAITING_REVIEW: (N_("To the review"), f"{connection}/review"),
        Reason.DOMAIN_UNPROVEN: (N_("To the domains"), f"{connection}/domains"),
    }
    return {str(reason): place for reason, place in places.items()}.get(person.user.reason or "")


def _statuses(settings: EffectiveSettings) -> list[str]:
    return [STATUSES[status] for status in (ShowAs.BUSY, *in_order(settings.busy_statuses))]


def _checked(choice: CalendarChoice) -> str:
    if choice.checked is not None:
        return N_("Those that they chose themselves") if choice.checked else N_("None, as they chose themselves")
    if choice.by_default is CheckedByDefault.ALL:
        return N_("All calendars of their own")
    return N_("The default calendar")
