"""Queue triggers of the local host, through the sample app on Azurite."""

from datetime import timedelta

from tests.contract.local_host import QUEUE, SampleHost

VISIBILITY_TIMEOUT = timedelta(seconds=31)  # the sample app's 30 seconds are over
POISON = f"{QUEUE}-poison"


def test_a_message_reaches_its_function_once_and_is_deleted(sample_host: SampleHost) -> None:
    sample_host.send("hello")

    [note] = sample_host.noted("hello", 1)

    assert note["dequeue_count"] == 1
    sample_host.wait_until_quiet()
    assert len(sample_host.noted("hello", 1)) == 1


def test_a_failing_message_comes_again_later_and_ends_in_the_poison_queue(sample_host: SampleHost) -> None:
    sample_host.send("failing-again")

    counts = []
    for attempt in (1, 2, 3):
        counts.append(sample_host.noted("failing-again", attempt)[-1]["dequeue_count"])
        sample_host.wait_until_quiet()
        sample_host.storage.clock.advance(VISIBILITY_TIMEOUT)

    assert counts == [1, 2, 3]
    assert _take_poison(sample_host) == ["ZmFpbGluZy1hZ2Fpbg=="]


def test_a_message_that_is_not_base64_goes_to_poison_at_once_and_others_are_not_held_up(
    sample_host: SampleHost,
) -> None:
    with sample_host.storage.queue(QUEUE) as queue:
        queue.send_message("not base64!")
    sample_host.send("behind-it")

    sample_host.noted("behind-it", 1)

    sample_host.wait_until_quiet()
    assert _take_poison(sample_host) == ["not base64!"]


def test_messages_are_worked_on_at_the_same_time(sample_host: SampleHost) -> None:
    for number in range(5):  # one more than newBatchThreshold: so many always fit
        sample_host.send(f"meeting-{number}")

    assert len(sample_host.noted("met", 5)) == 5


def test_a_delayed_message_comes_when_the_clock_jumps_beyond_its_instant(sample_host: SampleHost) -> None:
    sample_host.send("delayed", delay=timedelta(hours=1))
    sample_host.storage.clock.advance(timedelta(minutes=59))
    sample_host.send("in-between")
    sample_host.noted("in-between", 1)
    too_early = sample_host.noted("delayed", 0)

    sample_host.storage.clock.advance(timedelta(minutes=2))
    [note] = sample_host.noted("delayed", 1)

    assert too_early == []
    assert note["dequeue_count"] == 1


def _take_poison(host: SampleHost) -> list[str]:
    with host.storage.queue(POISON) as poison:
        messages = list(poison.receive_messages())
        for message in messages:
            poison.delete_message(message)
        return [message.content for message in messages]
