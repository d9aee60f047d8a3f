"""What an organization decides, as the product sends it."""

from datetime import timedelta

import pytest

from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call

OUT_OF_THE_BOX: dict[str, object] = {
    "activation": "automatic",
    "allow_user_disconnect": True,
    "admin_managed": True,
    "cohost_decline_cancels": False,
    "busy_updates": False,
    "checked_calendars": {"default": "default", "locked": False},
    "write_calendar": {"default": "default", "locked": False},
    "busy_statuses": {"default": ["busy"], "locked": False},
    "cancellation_sync": {"default": True, "locked": False},
    "personal_connections": "allowed",
    "takeover": "keep",
}


async def put(policy: object = None, by: str | None = None, organization: str = "acme") -> Answered:
    body = {"name": "Acme", **({"policy": policy} if policy is not None else {})}
    return await call("put_organization", organization=organization, body=body, by=by)


async def decisions() -> list[tuple[str, str]]:
    audit = (await call("list_audit", organization="acme")).json["audit"]
    return [(entry["by"], entry["detail"]) for entry in audit if entry["action"] == "policy.changed"]


async def test_a_new_organization_has_the_policy_it_was_sent_with_and_defaults_for_the_rest(
    orgcal: ComposedApp,
) -> None:
    sent = await put({"allow_user_disconnect": False}, organization="new")
    shown = await call("get_organization", organization="new")

    assert sent.status == 201
    assert sent.json["policy"] == shown.json["policy"] == OUT_OF_THE_BOX | {"allow_user_disconnect": False}


@pytest.mark.parametrize("said", [None, {}, {"activation": None}, {"allow_user_disconnect": False}])
async def test_a_call_that_changes_no_policy_needs_nobody_and_leaves_it(
    acme: ComposedApp, said: dict[str, object] | None
) -> None:
    await put({"activation": "review", "allow_user_disconnect": False}, by="olga")

    answered = await put(said)

    assert answered.status == 200
    assert answered.json["policy"] == OUT_OF_THE_BOX | {"activation": "review", "allow_user_disconnect": False}
    assert len(await decisions()) == 1


async def test_a_changed_policy_is_kept_in_the_audit_list_once_with_what_changed(acme: ComposedApp) -> None:
    for _ in range(2):
        await put({"allow_user_disconnect": False}, by="olga")
        acme.clock.advance(timedelta(seconds=1))
    await put({"allow_user_disconnect": True, "activation": "review"}, by="olga")

    assert await decisions() == [
        ("olga", "activation=review, allow_user_disconnect=true"),
        ("olga", "allow_user_disconnect=false"),
    ]


@pytest.mark.parametrize("by", [None, "ursula", "nobody"])
async def test_who_may_disconnect_is_decided_by_an_owner_or_admin(acme: ComposedApp, by: str | None) -> None:
    answered = await put({"allow_user_disconnect": False}, by=by)

    shown = await call("get_organization", organization="acme")
    assert (answered.status, answered.problem) == (403, "role-required")
    assert shown.json["policy"]["allow_user_disconnect"] is True


@pytest.mark.parametrize(
    ("said", "then", "noted"),
    [
        (
            {"busy_statuses": {"default": ["tentative", "out_of_office", "tentative"]}},
            {"busy_statuses": {"default": ["busy", "tentative", "out_of_office"], "locked": False}},
            "busy_statuses=[tentative oof]",
        ),
        (
            {"busy_statuses": {"locked": True}, "cancellation_sync": {"default": False}},
            {
                "busy_statuses": {"default": ["busy"], "locked": True},
                "cancellation_sync": {"default": False, "locked": False},
            },
            "busy_statuses.locked=true, cancellation_sync=false",
        ),
        (
            {"checked_calendars": {"default": "all", "locked": True}, "write_calendar": {"locked": True}},
            {
                "checked_calendars": {"default": "all", "locked": True},
                "write_calendar": {"default": "default", "locked": True},
            },
            "checked_calendars=all, checked_calendars.locked=true, write_calendar.locked=true",
        ),
        (
            {"admin_managed": False, "cohost_decline_cancels": True},
            {"admin_managed": False, "cohost_decline_cancels": True},
            "admin_managed=false, cohost_decline_cancels=true",
        ),
        (
            {"personal_connections": "without_admin_managed", "takeover": "both"},
            {"personal_connections": "without_admin_managed", "takeover": "both"},
            "personal_connections=without_admin_managed, takeover=both",
        ),
    ],
)
async def test_each_default_and_each_lock_is_decided_by_itself_and_noted(
    acme: ComposedApp, said: dict[str, object], then: dict[str, object], noted: str
) -> None:
    answered = await put(said, by="olga")
    again = await put(said, by="olga")

    assert (answered.status, answered.json["policy"]) == (200, OUT_OF_THE_BOX | then)
    assert again.json["policy"] == answered.json["policy"]
    assert await decisions() == [("olga", noted)]


@pytest.mark.parametrize(
    "said",
    [
        {"busy_statuses": {"default": ["free"]}},
        {"busy_statuses": ["busy"]},
        {"checked_calendars": {"default": "none"}},
        {"write_calendar": {"default": "all"}},
        {"cancellation_sync": {"default": "on"}},
        {"cancellation_sync": {"lock": True}},
        {"admin_managed": "no"},
        {"personal_connections": True},
        {"takeover": "none"},
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused_whole(acme: ComposedApp, said: dict[str, object]) -> None:
    answered = await put({**said, "allow_user_disconnect": False}, by="olga")

    shown = await call("get_organization", organization="acme")
    assert answered.status == 400
    assert shown.json["policy"] == OUT_OF_THE_BOX
