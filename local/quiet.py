"""Waiting until the local host has nothing left to do, and nothing more is posted to it, before the clock moves on."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

from local.clock import Clock
from local.processes import StackError
from local.trust import TRUSTS_NOBODY

type Waiting = Callable[[], dict[str, Any]]

_LOOK_EVERY_SECONDS = 0.02  # the host itself answers only when it is idle
ANSWER_SECONDS = 60.0  # a busy machine's


def wait_until_quiet(
    *,
    host_url: str,
    admin_key: str,
    meter_url: str,
    clock: Clock,
    notifications: Waiting | None = None,
    seconds: float = 120.0,
) -> None:
    """Until nothing runs, no message is visible and no timer or notification is due: what is left waits for the clock.

    ``notifications`` asks the stand-in what it still has to post; without it there is none to be asked. ``StackError``
    with what there still was to do if that does not come to pass in real ``seconds``. Looks twice, since the processes
    are asked one after the other, in the order in which they give each other work: nothing has begun in between.
    """
    give_up_at = time.monotonic() + seconds
    with httpx.Client(headers={"x-functions-key": admin_key}, verify=TRUSTS_NOBODY, timeout=ANSWER_SECONDS) as client:
        look = _look_at(client, host_url, meter_url, notifications)
        before, now = None, look()
        while now != before or not _is_quiet(now, clock.now()):
            if time.monotonic() > give_up_at:
                raise StackError(f"the stack was not quiet after {seconds:g} seconds: {now}")
            time.sleep(_LOOK_EVERY_SECONDS)
            before, now = now, look()


def _look_at(client: httpx.Client, host_url: str, meter_url: str, notifications: Waiting | None) -> Waiting:
    def look() -> dict[str, Any]:
        waiting = {} if notifications is None else notifications()
        answer = client.get(f"{host_url}/admin/host/status?wait=idle")
        if answer.is_server_error:  # it could not count its messages just now
            return {"refused": answer.text}
        status = answer.raise_for_status().json()
        delayed = client.get(f"{meter_url}/_delayed").raise_for_status().json()
        return {
            "leaving": waiting.get("leaving", 0),
            "next_notification_at": waiting.get("next_due_at"),
            **{name: status[name] for name in ("begun", "running", "timers_due", "messages")},
            "delayed": delayed,
        }

    return look


def _is_quiet(work: dict[str, Any], now: datetime) -> bool:
    """Quiet: every message and notification there is waits for an instant that has not come."""
    if "refused" in work:
        return False
    messages: dict[str, int] = work["messages"]
    delayed = [each for each in work["delayed"] if each["queue"] in messages]
    waiting = sum(datetime.fromisoformat(each["due_at"]) > now for each in delayed)
    next_at = work["next_notification_at"]
    told = not work["leaving"] and (next_at is None or datetime.fromisoformat(next_at) > now)
    return told and not work["running"] and not work["timers_due"] and sum(messages.values()) == waiting
