"""What an organization decides, as the product sends it."""

from datetime import timedelta

import pytest

from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call


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
    assert sent.json["policy"] == shown.json["policy"] == {"activation": "automatic", "allow_user_disconnect": False}


@pytest.mark.parametrize("said", [None, {}, {"activation": None}, {"allow_user_disconnect": False}])
async def test_a_call_that_changes_no_policy_needs_nobody_and_leaves_it(
    acme: ComposedApp, said: dict[str, object] | None
) -> None:
    await put({"activation": "review", "allow_user_disconnect": False}, by="olga")

    answered = await put(said)

    assert answered.status == 200
    assert answered.json["policy"] == {"activation": "review", "allow_user_disconnect": False}
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
