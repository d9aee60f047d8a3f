"""Remedies are given one after the other, and never too many of a kind at once."""

from collections.abc import Sequence
from uuid import NAMESPACE_DNS, uuid5

import pytest

from shared_code.core.ids import ProductUserId
from shared_code.core.mended import Damage
from shared_code.core.upkeep import Due
from shared_code.errors import TryLater
from shared_code.flows.mailbox_connect import connect_of
from shared_code.flows.mending import MOST, Mending, Remedy
from tests.unit.flows.calendar_world import CalendarWorld, link_key


def person(number: int) -> ProductUserId:
    return ProductUserId(str(uuid5(NAMESPACE_DNS, str(number))))


async def broken(user: ProductUserId) -> Sequence[Remedy]:
    return [Remedy(Damage.MAILBOX, connect_of(link_key(user)))]


async def test_fifty_of_a_kind_are_enough_for_one_message() -> None:
    world = CalendarWorld()
    people = [person(number) for number in range(120)]
    rounds = []

    while people:
        progress = await Mending(world.upkeep, world.queues).mend(people, broken)
        rounds.append(dict(progress.given))
        people = people[people.index(progress.stopped_after) + 1 :] if progress.stopped_after is not None else []

    assert rounds == [{Damage.MAILBOX: MOST}, {Damage.MAILBOX: MOST}, {Damage.MAILBOX: 20}]
    assert len(world.sent()) == 120


async def test_what_is_whole_is_only_looked_at() -> None:
    world = CalendarWorld()

    async def whole(user: ProductUserId) -> Sequence[Remedy]:
        return ()

    progress = await Mending(world.upkeep, world.queues).mend([person(number) for number in range(200)], whole)

    assert (dict(progress.given), progress.stopped_after, world.sent()) == ({}, None, [])


async def test_one_mailbox_that_needs_more_than_fifty_gets_them_alone() -> None:
    world = CalendarWorld()

    async def crowded(user: ProductUserId) -> Sequence[Remedy]:
        return [Remedy(Damage.STRAY, connect_of(link_key(user)))] * (MOST + 10)

    progress = await Mending(world.upkeep, world.queues).mend([person(1), person(2)], crowded)

    assert progress.stopped_after == person(1)
    assert len(world.sent()) == MOST + 10


async def test_what_is_due_goes_to_upkeep() -> None:
    world = CalendarWorld()
    due = Due(world.now, "mailbox", "a mailbox")

    async def forgotten(user: ProductUserId) -> Sequence[Remedy]:
        return [Remedy(Damage.TURN, due)]

    await Mending(world.upkeep, world.queues).mend([person(1)], forgotten)

    assert await world.upkeep.find_due(world.now, 10) == (due,)


async def test_a_look_that_fails_lets_the_others_of_its_group_end_and_gives_nothing() -> None:
    world = CalendarWorld()
    looked: list[ProductUserId] = []

    async def failing(user: ProductUserId) -> Sequence[Remedy]:
        looked.append(user)
        if user == person(0):
            raise TryLater("not now")
        return await broken(user)

    with pytest.raises(TryLater):
        await Mending(world.upkeep, world.queues).mend([person(0), person(1)], failing)

    assert (looked, world.sent()) == ([person(0), person(1)], [])
