"""What failed too often: moved out of the poison queues into records, and sent once more when an operator says so."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.dead_letter import DeadLetter, LetterId, LetterState, letter_id
from shared_code.core.ids import OrganizationId, TenantId, UserId
from shared_code.dead_letter_ports import DeadLetters, PoisonMessage, PoisonQueues
from shared_code.errors import Conflict, OrgcalError, Problem, Rejected, TryLater
from shared_code.logs import say, warn
from shared_code.messages import HINT_DELAY, find_message
from shared_code.order_queues import QUEUES
from shared_code.ports import Clock, Page, Queues, Stored

BUDGET = timedelta(seconds=10)  # beside the 45 that the rest of the minute timer's work may take
MOST = 512  # messages a run
GROUP = 32
NAMED = ("organization", "connection", "tenant", "user", "user_id")  # ids of an order that its log line shows


@dataclass(frozen=True)
class DeadLetterRun:
    poison: PoisonQueues
    letters: DeadLetters
    clock: Clock

    async def run(self, now: datetime) -> None:
        """Move what the host gave up, queue by queue in turn, and forget what was kept long enough."""
        begun_at, taken, moved = self.clock.now(), 0, 0
        queues = list(QUEUES)
        while queues and taken < MOST and self.clock.now() - begun_at < BUDGET:
            queue = queues.pop(0)
            messages = await self.poison.take(queue, GROUP)
            for message in messages:
                moved += await self._move(message, now)
            taken += len(messages)
            if len(messages) == GROUP:
                queues.append(queue)
        dropped = await self.letters.drop_old(now, GROUP)
        say("dead_letters_done", taken=taken, moved=moved, dropped=dropped)

    async def _move(self, message: PoisonMessage, now: datetime) -> bool:
        """Whether there is a new letter. One message that storage does not take must not hold up all others."""
        try:
            is_new = await self._keep(message, now)
        except TryLater:
            raise
        except OrgcalError as error:
            warn("dead_letter_not_kept", queue=message.queue, message=message.message_id, error=type(error).__name__)
            return False
        return is_new

    async def _keep(self, message: PoisonMessage, now: datetime) -> bool:
        """Write before deleting: a message that is moved twice finds its letter there, redriven or not."""
        letter = letter_id(message.queue, message.message_id, message.inserted_at)
        is_new = await self.letters.add(DeadLetter(letter, message.queue, message.body, now))
        await self.poison.drop(message)
        if is_new:
            warn("dead_letter", letter=letter, queue=message.queue, **_ids_in(message.body))
        return is_new


@dataclass(frozen=True)
class KeepDeadLetters:
    letters: DeadLetters
    queues: Queues

    async def page(self, state: LetterState | None, after: str | None, limit: int) -> Page[DeadLetter]:
        """The newest first. With a state, a page may be short without being the last."""
        page = await self.letters.page(after, limit)
        return Page(tuple(letter for letter in page.items if state in {None, letter.state}), page.next)

    async def get(self, letter: LetterId) -> Stored[DeadLetter]:
        stored = await self.letters.find(letter)
        if stored is None:
            raise Rejected(Problem.DEAD_LETTER_NOT_FOUND, f"There is no dead letter {letter}.")
        return stored

    async def redrive(self, letter: LetterId, now: datetime) -> DeadLetter:
        """Put the message back on its queue, once.

        Sent before it is marked, so that it is not lost; if it was sent and could not be marked, the next call sends it
        again, and an order that comes twice is carried out once."""
        stored = await self.get(letter)
        redriven_at = stored.value.redriven_at
        if redriven_at is not None:
            raise _redriven(letter, f"at {redriven_at.isoformat(timespec='seconds')}")
        message = find_message(stored.value.body)
        if message is None:
            raise Rejected(
                Problem.DEAD_LETTER_UNREADABLE,
                f"The message of dead letter {letter} is no order that this version knows. If another version sent it, "
                "deploy that one and repeat the call; otherwise leave it: it goes by itself, and nobody waits for it.",
            )
        await self.queues.send(message, HINT_DELAY)
        try:
            saved = await self.letters.save(stored, replace(stored.value, redriven_at=now))
        except Conflict as error:
            raise _redriven(letter, "at this very moment") from error
        say("dead_letter_redriven", letter=letter, queue=stored.value.queue, order=type(message).__name__)
        return saved.value

    async def forget(self, organization: OrganizationId, mailboxes: Collection[tuple[TenantId, UserId]]) -> None:
        """Delete the letters that name this organisation, or one of these mailboxes."""
        after = None
        while True:
            page = await self.letters.page(after, 1000)
            for letter in page.items:
                message = find_message(letter.body)
                mailbox = getattr(message, "tenant", None), getattr(message, "user_id", None)
                if getattr(message, "organization", None) == organization or mailbox in mailboxes:
                    await self.letters.forget(letter)
            if page.next is None:
                return
            after = page.next


def _redriven(letter: LetterId, when: str) -> Rejected:
    about = f"Dead letter {letter} was redriven {when}. If its message fails again, that is a dead letter of its own."
    return Rejected(Problem.ALREADY_REDRIVEN, about)


def _ids_in(body: bytes) -> dict[str, object]:
    message = find_message(body)
    if message is None:
        return {"order": "unreadable"}
    return {"order": type(message).__name__} | {name: getattr(message, name, None) for name in NAMED}
