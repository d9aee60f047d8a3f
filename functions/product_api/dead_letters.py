"""Messages that could not be carried out: for the operator, whose key the product does not have."""

import base64
from typing import get_args

import msgspec

from functions import wire
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import blueprint
from functions.queries import AFTER, LIMIT, one_of
from shared_code.core.dead_letter import DeadLetter, LetterId, LetterState
from shared_code.errors import Problem, Rejected
from shared_code.messages import find_message

DEAD_LETTER = "/v1/dead-letters/{letter}"
NOT_FOUND = (Problem.INVALID_ID, Problem.DEAD_LETTER_NOT_FOUND)
UNREADABLE_SHOWN = 4096  # bytes
STATES: dict[str, LetterState] = {state: state for state in get_args(LetterState)}


@operation(
    blueprint,
    Operation(
        "list_dead_letters",
        "GET",
        "/v1/dead-letters",
        "Messages that could not be carried out, newest first",
        answers={200: wire.DeadLettersGiven},
        query=(
            one_of("state", "Only those in this state; a page may then be short without being the last.", STATES),
            AFTER,
            LIMIT,
        ),
        operator=True,
        problems=(Problem.INVALID_REQUEST,),
    ),
)
async def list_dead_letters(call: Call) -> Answer:
    page = await call.app.dead_letters.page(_state(call), call.text("after"), call.limit())
    return Answer(wire.DeadLettersGiven(dead_letters=[_given(letter) for letter in page.items], next=page.next))


@operation(
    blueprint,
    Operation(
        "get_dead_letter",
        "GET",
        DEAD_LETTER,
        "One message that could not be carried out",
        answers={200: wire.DeadLetterGiven},
        operator=True,
        problems=NOT_FOUND,
    ),
)
async def get_dead_letter(call: Call) -> Answer:
    stored = await call.app.dead_letters.get(LetterId(call.id("letter")))
    return Answer(_given(stored.value))


@operation(
    blueprint,
    Operation(
        "redrive_dead_letter",
        "POST",
        DEAD_LETTER + "/redrive",
        "Put the message back on its queue, once",
        answers={202: wire.DeadLetterGiven},
        operator=True,
        problems=(*NOT_FOUND, Problem.ALREADY_REDRIVEN, Problem.DEAD_LETTER_UNREADABLE),
    ),
)
async def redrive_dead_letter(call: Call) -> Answer:
    letter = await call.app.dead_letters.redrive(LetterId(call.id("letter")), call.now)
    return Answer(_given(letter), 202)


def _state(call: Call) -> LetterState | None:
    asked = call.text("state")
    if asked is None:
        return None
    if asked not in STATES:
        raise Rejected(Problem.INVALID_REQUEST, f"state is one of {', '.join(STATES)}.")
    return STATES[asked]


def _given(letter: DeadLetter) -> wire.DeadLetterGiven:
    message = find_message(letter.body)
    start = base64.b64encode(letter.body[:UNREADABLE_SHOWN]).decode()
    return wire.DeadLetterGiven(
        letter=letter.letter,
        state=letter.state,
        queue=letter.queue,
        order=None if message is None else type(message).__name__,
        message=None if message is None else msgspec.to_builtins(message),
        unreadable=start if message is None else None,
        dead_at=letter.dead_at,
        redriven_at=letter.redriven_at,
        kept_until=letter.kept_until,
    )
