"""Whichever way a user and a directory user come together, the outcome is the same."""

import asyncio
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.core.directory import DirectoryUser
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.reasons import Reason
from tests.unit.core.match_values import oid, product_user
from tests.unit.flows.match_world import MatchWorld

SPELLINGS = st.sampled_from(["ann@contoso.com", "Bob@Contoso.com", "eve@evil.com", "other@contoso.com", None])
PEOPLE = st.lists(
    st.builds(
        DirectoryUser,
        st.integers(1, 6).map(oid),
        SPELLINGS,
        SPELLINGS,
        st.lists(
            st.sampled_from(["smtp:ann@contoso.com", "SMTP:bob@contoso.com", "smtp:eve@evil.com"]), max_size=2
        ).map(tuple),
        st.sampled_from([True, True, True, False, None]),
        st.sampled_from(["Member", "Member", "Guest", None]),
    ),
    max_size=6,
    unique_by=lambda person: person.user_id,
)
USERS = (product_user("ann"), product_user("bob"), product_user("eve", "eve@evil.com", "eve@contoso.com"))

type Outcomes = dict[str, tuple[UserState, str | None, str | None]]


async def outcomes(world: MatchWorld) -> Outcomes:
    found: dict[str, ProductUser] = {user.user: await world.user(user.user) for user in USERS}
    return {name: (user.state, user.reason, user.match.user_id if user.match else None) for name, user in found.items()}


async def by_full_sweep(people: list[DirectoryUser]) -> Outcomes:
    world = MatchWorld()
    world.directory.page_size = 2
    world.put(*people)
    await world.begin(*USERS)
    await world.run_full_sweep()
    return await outcomes(world)


async def by_look_up(people: list[DirectoryUser]) -> Outcomes:
    world = MatchWorld()
    world.put(*people)
    await world.begin()
    await world.run_full_sweep()
    await world.add(*(replace(user, reason=Reason.AWAITING_LOOK_UP) for user in USERS))
    await world.look_up_users(*(user.user for user in USERS))
    await world.run_sweep_messages()
    return await outcomes(world)


async def by_changes(people: list[DirectoryUser]) -> Outcomes:
    world = MatchWorld()
    await world.begin(*USERS)
    await world.run_full_sweep()
    world.put(*people)
    await world.read_changes()
    return await outcomes(world)


@settings(max_examples=60, deadline=None)
@given(PEOPLE)
def test_a_full_sweep_a_look_up_and_a_round_of_changes_agree(people: list[DirectoryUser]) -> None:
    async def all_ways() -> tuple[Outcomes, Outcomes, Outcomes]:
        return await by_full_sweep(people), await by_look_up(people), await by_changes(people)

    swept, looked_up, changed = asyncio.run(all_ways())

    assert looked_up == swept
    assert changed == swept


@settings(max_examples=40, deadline=None)
@given(PEOPLE, PEOPLE)
def test_a_second_sweep_of_the_same_directory_changes_nothing(
    before: list[DirectoryUser], after: list[DirectoryUser]
) -> None:
    async def sweep_three_times() -> tuple[Outcomes, Outcomes]:
        world = MatchWorld()
        world.put(*before)
        await world.begin(*USERS)
        await world.run_full_sweep()
        world.put(*after)
        await world.run_full_sweep()
        once = await outcomes(world)
        await world.run_full_sweep()
        return once, await outcomes(world)

    once, twice = asyncio.run(sweep_three_times())

    assert twice == once
