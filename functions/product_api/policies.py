"""Policies in the API's words, and the statuses of events in words that need no knowledge of Outlook."""

from collections.abc import Iterable

from functions import wire_settings as wire
from shared_code.core.calendar import ShowAs
from shared_code.core.policy import (
    Activation,
    CheckedByDefault,
    PersonalConnections,
    Policy,
    SentPolicy,
    SentRule,
    Takeover,
    WrittenByDefault,
)
from shared_code.core.settings import in_order

_STATUSES: dict[wire.BusyStatus, ShowAs] = {
    "busy": ShowAs.BUSY,
    "tentative": ShowAs.TENTATIVE,
    "out_of_office": ShowAs.OUT_OF_OFFICE,
    "working_elsewhere": ShowAs.WORKING_ELSEWHERE,
}
_WORDS: dict[ShowAs, wire.BusyStatus] = {status: word for word, status in _STATUSES.items()}


def statuses_sent(words: Iterable[wire.BusyStatus]) -> tuple[ShowAs, ...]:
    """Those that are a choice: busy always blocks."""
    return in_order(_STATUSES[word] for word in words)


def statuses_given(chosen: Iterable[ShowAs]) -> list[wire.BusyStatus]:
    return ["busy", *(_WORDS[status] for status in chosen)]


def policy_sent(body: wire.PolicyBody) -> SentPolicy:
    return SentPolicy(
        activation=Activation(body.activation) if body.activation else None,
        allow_user_disconnect=body.allow_user_disconnect,
        admin_managed=body.admin_managed,
        cohost_decline_cancels=body.cohost_decline_cancels,
        busy_updates=body.busy_updates,
        checked_calendars=_checked_sent(body.checked_calendars),
        write_calendar=_written_sent(body.write_calendar),
        busy_statuses=_statuses_rule_sent(body.busy_statuses),
        cancellation_sync=_switch_sent(body.cancellation_sync),
        personal_connections=PersonalConnections(body.personal_connections) if body.personal_connections else None,
        takeover=Takeover(body.takeover) if body.takeover else None,
    )


def policy_given(policy: Policy) -> wire.PolicyGiven:
    checked, written = policy.checked_calendars, policy.write_calendar
    statuses, switch = policy.busy_statuses, policy.cancellation_sync
    return wire.PolicyGiven(
        activation=policy.activation.value,
        allow_user_disconnect=policy.allow_user_disconnect,
        admin_managed=policy.admin_managed,
        cohost_decline_cancels=policy.cohost_decline_cancels,
        busy_updates=policy.busy_updates,
        checked_calendars=wire.CheckedRuleGiven(default=checked.default.value, locked=checked.locked),
        write_calendar=wire.WrittenRuleGiven(default=written.default.value, locked=written.locked),
        busy_statuses=wire.StatusesRuleGiven(default=statuses_given(statuses.default), locked=statuses.locked),
        cancellation_sync=wire.SwitchRuleGiven(default=switch.default, locked=switch.locked),
        personal_connections=policy.personal_connections.value,
        takeover=policy.takeover.value,
    )


def _checked_sent(body: wire.CheckedRuleBody | None) -> SentRule[CheckedByDefault] | None:
    if body is None:
        return None
    return SentRule(CheckedByDefault(body.default) if body.default else None, body.locked)


def _written_sent(body: wire.WrittenRuleBody | None) -> SentRule[WrittenByDefault] | None:
    if body is None:
        return None
    return SentRule(WrittenByDefault(body.default) if body.default else None, body.locked)


def _statuses_rule_sent(body: wire.StatusesRuleBody | None) -> SentRule[tuple[ShowAs, ...]] | None:
    if body is None:
        return None
    return SentRule(None if body.default is None else statuses_sent(body.default), body.locked)


def _switch_sent(body: wire.SwitchRuleBody | None) -> SentRule[bool] | None:
    return None if body is None else SentRule(body.default, body.locked)
