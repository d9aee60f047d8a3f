"""A scheduling product in one file: tells Orgcal who its users are, gets them connected, and offers free time.

    python examples/scheduling_product.py --url http://localhost:7071 --key HOST_KEY

It needs httpx and nothing of Orgcal's code. The one rule that matters is in ``free_slots``: time is free only if Orgcal
says that it knows everything about everybody who is asked.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

ORGANIZATION = "example-customer"
OWNER = "olivia"
PEOPLE = {"megan": "megan@contoso.example", "grady": "grady@contoso.example"}  # user → an address we have verified
MEETING = timedelta(minutes=30)
FINISHED = {"connected", "no_match", "ambiguous", "no_mailbox", "disabled", "excluded_by_policy", "domain_unproven"}

Slot = tuple[datetime, datetime]


class NotKnown(Exception):
    """Somebody's calendar is not known well enough to offer any time of theirs."""


@dataclass(frozen=True)
class Orgcal:
    """The calls that this product makes. ``http`` has the base address and the host key."""

    http: httpx.Client

    def introduce(self, people: dict[str, str]) -> None:
        """Everything here may be repeated: a second time changes nothing."""
        self._call("PUT", "", {"name": "Example Customer"})
        users: list[dict[str, Any]] = [{"user": OWNER, "addresses": [], "role": "owner"}]
        users += [
            {"user": user, "addresses": [{"address": address, "verified": True}]} for user, address in people.items()
        ]
        self._call("POST", "/users", {"users": users})

    def connection(self) -> dict[str, Any]:
        """The connection, made at the first call; ``activation_link`` is there as long as it works."""
        headers = {"Orgcal-Acting-User": OWNER, "Idempotency-Key": "first-tenant"}
        connection: dict[str, Any] = self._call("POST", "/connections", headers=headers)
        return connection

    def user(self, user: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", f"/users/{user}")
        return found

    def availability(self, users: Sequence[str], start: datetime, end: datetime) -> list[dict[str, Any]]:
        body = {"users": list(users), "start": start.isoformat(), "end": end.isoformat()}
        answers: list[dict[str, Any]] = self._call("POST", "/availability", body)["users"]
        return answers

    def _call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        answer = self.http.request(method, f"/v1/organizations/{ORGANIZATION}{path}", json=body, headers=headers)
        if answer.is_error:
            raise SystemExit(f"{method} {path or '/'} was refused: {answer.status_code} {answer.text}")
        return answer.json()


def wait_until_activated(orgcal: Orgcal, pause: Callable[[], None]) -> None:
    """Until the Microsoft administrator has been through the link and the first match is done."""
    while (connection := orgcal.connection())["state"] != "active":
        if connection["state"] not in {"pending", "verifying"}:
            raise SystemExit(f"The connection is {connection['state']} ({connection['reason']}): somebody must look.")
        pause()


def wait_until_matched(orgcal: Orgcal, users: Sequence[str], pause: Callable[[], None]) -> dict[str, str]:
    """Everybody's state, once none of them is about to change by itself."""
    while True:
        found = {user: orgcal.user(user) for user in users}
        if all(one["state"] in FINISHED and one["reason"] != "awaiting_look_up" for one in found.values()):
            return {user: one["state"] for user, one in found.items()}
        pause()


def free_slots(answers: Sequence[dict[str, Any]], start: datetime, end: datetime, length: timedelta) -> list[Slot]:
    """When all of them are free for ``length``. Raises ``NotKnown`` rather than take ignorance for free time."""
    for answer in answers:
        if not answer["complete"]:
            raise NotKnown(f"{answer['user']}: {answer['reason']}")
    busy = sorted(
        (datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"]))
        for answer in answers
        for one in answer["busy"]
    )
    return [slot for gap in _gaps(busy, start, end) for slot in _cut(gap, length)]


def _gaps(busy: Sequence[Slot], start: datetime, end: datetime) -> Iterator[Slot]:
    free_from = start
    for first, last in busy:
        if first > free_from:
            yield free_from, first
        free_from = max(free_from, last)
    if free_from < end:
        yield free_from, end


def _cut(gap: Slot, length: timedelta) -> Iterator[Slot]:
    start, end = gap
    while start + length <= end:
        yield start, start + length
        start += length


def main() -> int:
    options = _parse_options()
    with httpx.Client(base_url=options.url, headers={"x-functions-key": options.key}, timeout=30) as http:
        orgcal = Orgcal(http)
        orgcal.introduce(PEOPLE)
        connection = orgcal.connection()
        if connection["activation_link"]:
            print(
                "Give this link to the customer's Microsoft administrator:", connection["activation_link"], flush=True
            )
        pause = lambda: time.sleep(options.every)  # noqa: E731
        wait_until_activated(orgcal, pause)
        print("Connected:", wait_until_matched(orgcal, list(PEOPLE), pause))
        return _offer(orgcal)


def _offer(orgcal: Orgcal) -> int:
    """What everybody could be offered tomorrow between 8 and 18 UTC."""
    start = (datetime.now(UTC) + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    end = start + timedelta(hours=10)
    try:
        slots = free_slots(orgcal.availability(list(PEOPLE), start, end), start, end, MEETING)
    except NotKnown as unknown:
        print(f"Nothing can be offered: {unknown}", file=sys.stderr)
        return 1
    for first, last in slots:
        print(f"{first:%A %H:%M} to {last:%H:%M} UTC")
    return 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Offers time in which all of a customer's people are free.")
    parser.add_argument("--url", required=True, help="address of the Orgcal deployment")
    parser.add_argument("--key", required=True, help="a host key of the deployment")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two looks while waiting")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
