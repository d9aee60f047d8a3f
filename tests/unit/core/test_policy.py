import pytest

from shared_code.core.policy import Activation, Policy, SentPolicy, changes_between, decided

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
