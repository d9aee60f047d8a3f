"""What the organisation decides about its people's calendars."""

from collections.abc import Callable

import azure.functions as func

from functions.portal.blueprint import page
from functions.portal.call import PortalCall
from shared_code.core.calendar import ShowAs
from shared_code.core.policy import (
    Activation,
    CheckedByDefault,
    PersonalConnections,
    SentPolicy,
    SentRule,
    Takeover,
    WrittenByDefault,
)
from shared_code.core.settings import in_order
from shared_code.core.settings_form import mark_of
from shared_code.errors import Problem, Rejected
from shared_code.pages import policy as pages
from shared_code.pages.said import Said

POLICY = "portal/policy"
_YES_NO = {"yes": True, "no": False}


@page("policy", POLICY, admin=True)
async def policy(call: PortalCall) -> func.HttpResponse:
    view = pages.PolicyView(call.visit.organization.policy, bool(call.app.settings.personal_client_id))
    return call.page(pages.render_policy(call.frame, view))


@page("save_policy", POLICY, "POST", admin=True)
async def save_policy(call: PortalCall) -> func.HttpResponse:
    """Nothing that another admin has decided while the form was open is undone by it."""
    before = call.visit.organization.policy
    if call.field("seen") not in {"", mark_of(before)}:
        raise Rejected(Problem.CHANGED_MEANWHILE, "The policy is not the one that the form showed.")
    decided = await call.app.organizations.decide(call.organization, _sent(call), call.by, call.now)
    return call.back("/" + POLICY, Said("nothing_changed" if decided.policy == before else "saved"))


def _sent(call: PortalCall) -> SentPolicy:
    """The form shows each rule, so what is not ticked is not so; those of own accounts only where there are any."""
    locked = frozenset(call.fields("locked"))
    statuses = in_order(_one(ShowAs, word) for word in call.fields("busy_statuses"))
    return SentPolicy(
        activation=_one(Activation, call.field("activation")),
        allow_user_disconnect=_one(_YES_NO.__getitem__, call.field("allow_user_disconnect")),
        admin_managed=_one(_YES_NO.__getitem__, call.field("admin_managed")),
        cohost_decline_cancels=_one(_YES_NO.__getitem__, call.field("cohost_decline_cancels")),
        checked_calendars=SentRule(
            _one(CheckedByDefault, call.field("checked_calendars")), "checked_calendars" in locked
        ),
        write_calendar=SentRule(WrittenByDefault.DEFAULT, "write_calendar" in locked),
        busy_statuses=SentRule(statuses, "busy_statuses" in locked),
        cancellation_sync=SentRule(
            _one(_YES_NO.__getitem__, call.field("cancellation_sync")), "cancellation_sync" in locked
        ),
        personal_connections=_one_if_any(PersonalConnections, call.field("personal_connections")),
        takeover=_one_if_any(Takeover, call.field("takeover")),
    )


def _one_if_any[T](kind: Callable[[str], T], word: str) -> T | None:
    return _one(kind, word) if word else None


def _one[T](kind: Callable[[str], T], word: str) -> T:
    try:
        return kind(word)
    except (ValueError, KeyError) as error:
        raise Rejected(Problem.INVALID_REQUEST, "The form is not one of this page.") from error
