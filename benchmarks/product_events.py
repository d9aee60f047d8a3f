"""What telling the product costs the storage: one event alone, and a thousand that a bulk change writes at once.

Storage is in memory and counts; the product takes everything at the first try. The host's own two operations a message,
taking and deleting it, are not among these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.table import Row
from shared_code import bootstrap
from shared_code.adapters.tables.names import USERS
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.product_event import EventType, new_event
from shared_code.core.product_user import ProductUser, UserState
from shared_code.messages import HINT_DELAY
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.orders import carry_out, drain

ACME = OrganizationId("acme")
MANY = 1000
ALONE_BUDGET, MANY_BUDGET = 7, 3.2  # table operations an event, behind the commit


@dataclass(frozen=True)
class Counted:
    """What writing users cost, and what followed behind it."""

    commits: int
    behind: int
    sends: int


async def run() -> list[Row]:
    alone = await _operations(1, UserState.CONNECTED, EventType.USER_CONNECTED)
    many = await _operations(MANY, UserState.DOMAIN_UNPROVEN, EventType.USER_ATTENTION_NEEDED)
    silent = await _operations(MANY, UserState.NO_MATCH, None)
    return [
        Row(
            "product event, alone: recorded, sent, noted",
            f"{alone.behind} table operations, {alone.sends} sends; 1 row more in the commit",
            f"{ALONE_BUDGET} table operations",
            "2 sends, 1 read, 1 write, 1 delete",
            within=alone.behind <= ALONE_BUDGET,
        ),
        Row(
            f"product events of {MANY} users changed in bulk",
            f"{_each(many.behind)} table operations and {_each(many.sends)} sends an event; "
            f"{many.commits} transactions",
            f"{MANY_BUDGET} table operations an event",
            f"{silent.commits} transactions (the same change, untold)",
            within=many.behind / MANY <= MANY_BUDGET,
        ),
    ]


def _each(total: int) -> str:
    return f"{total / MANY:.2f}"


async def _operations(users: int, state: UserState, told: EventType | None) -> Counted:
    app = ComposedApp()
    bootstrap.serve(app)
    try:
        await call("put_organization", organization=ACME, body={"name": "Acme"})
        app.product.open()
        await drain(app)
        return await _count(app, [_change(app, number, state, told) for number in range(users)])
    finally:
        bootstrap.serve(None)


async def _count(app: ComposedApp, changes: Sequence[UserChange]) -> Counted:
    sent, before = len(app.sent.sent), app.rows.count()
    await app._users.save(changes)
    commits = app.rows.count() - before
    app.clock.advance(HINT_DELAY + timedelta(seconds=1))
    while (message := app.sent.take()) is not None:
        await carry_out(message)
    assert len(app.product.received) == sum(len(change.events) for change in changes)
    assert not [key for key in app.rows.keys(USERS, ACME) if key.startswith("outbox!")]
    return Counted(commits, app.rows.count() - before - commits, len(app.sent.sent) - sent)


def _change(app: ComposedApp, number: int, state: UserState, told: EventType | None) -> UserChange:
    now, user = app.clock.now(), ProductUserId(f"u{number:05}")
    events = () if told is None else (new_event(told, ACME, now, user, user=user),)
    return UserChange(None, ProductUser(ACME, user, (), state, now), events)
