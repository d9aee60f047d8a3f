from dataclasses import replace

import pytest

from shared_code.core.calendar import ShowAs
from shared_code.core.policy import (
    Activation,
    CheckedByDefault,
    Policy,
    Rule,
    SentPolicy,
    SentRule,
    changes_between,
    decided,
)

REVIEW = Policy(Activation.REVIEW, allow_user_disconnect=False)


def test_a_new_organisation_connects_by_itself_and_lets_people_disconnect() -> None:
    assert decided(Policy(), SentPolicy()) == Policy(Activation.AUTOMATIC, allow_user_disconnect=True)


@pytest.mark.parametrize(
    ("sent", "policy"),
    [
        (SentPolicy(), REVIEW),
        (SentPolicy(activation=Activation.AUTOMATIC), Policy(Activation.AUTOMATIC, allow_user_disconnect=False)),
        (SentPolicy(allow_user_disconnect=True), Policy(Activation.REVIEW, allow_user_disconnect=True)),
        (SentPolicy(allow_user_disconnect=False), REVIEW),
    ],
)
def test_what_is_not_sent_stays_and_sending_it_twice_changes_nothing_more(sent: SentPolicy, policy: Policy) -> None:
    once = decided(REVIEW, sent)

    assert once == policy
    assert decided(once, sent) == once


def test_the_audit_list_names_what_was_decided_anew_and_nothing_else() -> None:
    assert changes_between(Policy(), REVIEW) == "activation=review, allow_user_disconnect=false"
    assert changes_between(Policy(Activation.REVIEW), REVIEW) == "allow_user_disconnect=false"


def test_of_a_rule_the_default_and_the_lock_are_decided_each_by_itself() -> None:
    tentative = (ShowAs.TENTATIVE,)

    locked = decided(Policy(), SentPolicy(busy_statuses=SentRule(locked=True)))
    both = decided(locked, SentPolicy(busy_statuses=SentRule(tentative)))
    opened = decided(both, SentPolicy(busy_statuses=SentRule(locked=False)))

    assert locked == Policy(busy_statuses=Rule((), locked=True))
    assert both == Policy(busy_statuses=Rule(tentative, locked=True))
    assert opened == Policy(busy_statuses=Rule(tentative))


def test_the_audit_list_tells_a_new_default_from_a_new_lock() -> None:
    policy = Policy(
        admin_managed=False,
        checked_calendars=Rule(CheckedByDefault.ALL),
        busy_statuses=Rule((ShowAs.TENTATIVE, ShowAs.OUT_OF_OFFICE)),
        cancellation_sync=Rule(default=True, locked=True),
    )

    assert changes_between(Policy(), policy) == (
        "admin_managed=false, checked_calendars=all, busy_statuses=[tentative oof], cancellation_sync.locked=true"
    )
    assert changes_between(policy, replace(policy, busy_statuses=Rule(()))) == "busy_statuses=[]"
