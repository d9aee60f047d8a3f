"""A scheduling product in one file: tells Orgcal who its users are, gets them connected, offers free time and books it.

    python examples/scheduling_product.py --url http://localhost:7071 --key=HOST_KEY

With ``--listen`` it also hears what becomes of its meetings, at the address that the deployment has as
``ORGCAL_EVENTS_URL``. It needs httpx and standardwebhooks, and nothing of Orgcal's code. Two rules matter: time is free
only if Orgcal says that it knows everything about everybody who is asked (``free_slots``), and nothing that is posted
is believed before its signature was verified (``Inbox``).
"""

import argparse
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

ORGANIZATION = "example-customer"
OWNER = "olivia"
PEOPLE = {"megan": "megan@contoso.example", "grady": "grady@contoso.example"}  # user → an address we have verified
MEETING = timedelta(minutes=30)
BOOKING = "example-meeting"
FINISHED = {"connected", "no_match", "ambiguous", "no_mailbox", "disabled", "excluded_by_policy", "domain_unproven"}

Slot = tuple[datetime, datetime]
Verify = Callable[[bytes, dict[str, str]], Any]  # the event, or an error: ``Webhook(secret).verify``


class NotKnown(Exception):
    """Somebody's calendar is not known well enough to offer any time of theirs."""


class Refused(Exception):
    """Orgcal said no; its words are in the message."""


@dataclass(frozen=True)
class Orgcal:
    """The calls that this product makes. ``http`` has the base address and the host key."""

    http: httpx.Client
    organization: str = ORGANIZATION

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

    def book(self, booking: str, host: str, slot: Slot, **more: Any) -> dict[str, Any]:
        """A meeting in the host's calendar. The same call again is the same meeting; another time moves it."""
        start, end = slot
        times = {"start": start.isoformat(), "end": end.isoformat(), "zone": "Etc/UTC"}
        booked: dict[str, Any] = self._call("PUT", f"/bookings/{booking}", {"host": host, **times, **more})
        return booked

    def booking(self, booking: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call("GET", f"/bookings/{booking}")
        return found

    def events(self) -> Iterator[dict[str, Any]]:
        """All that was told in the last thirty days, up to half a minute ago: for whoever missed something."""
        after, more = "", True
        while more:
            page = self._call("GET", f"/events?limit=1000{after}")
            yield from page["events"]
            after, more = f"&after={page['next']}", page["more"]

    def cancel(self, booking: str, reason: str) -> None:
        """Microsoft tells everybody who was invited, in its own mail."""
        self._call("DELETE", f"/bookings/{booking}", {"reason": reason})

    def _call(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Any:
        answer = self.http.request(method, f"/v1/organizations/{self.organization}{path}", json=body, headers=headers)
        if answer.is_error:
            raise Refused(f"{method} {path or '/'} was refused: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None


@dataclass
class Inbox:
    """What Orgcal has told: believed only with its signature, and taken once, however often it comes."""

    verify: Verify
    events: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0

    def take(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The status to answer with. The work on an event is done later: Orgcal waits no longer than 20 seconds."""
        try:
            event = self.verify(body, dict(headers))
        except (WebhookVerificationError, ValueError):  # the latter: headers that are no signature at all
            self.refused += 1
            return 401
        if all(event["event"] != known["event"] for known in self.events):
            self.events.append(event)
        return 204


def apply(meetings: dict[str, Slot], events: Iterable[Mapping[str, Any]]) -> None:
    """What events mean for the meetings that this product knows, by booking. They come in any order, so the instants
    say what was last."""
    for event in sorted(events, key=lambda event: datetime.fromisoformat(event["timestamp"])):
        told = event["data"]
        match event["type"]:
            case "booking.cancelled":
                meetings.pop(told["booking"], None)
            case "booking.moved" if told["booking"] in meetings:
                meetings[told["booking"]] = datetime.fromisoformat(told["start"]), datetime.fromisoformat(told["end"])


@contextmanager
def listening(inbox: Inbox, port: int, certificate: Path | None) -> Iterator[None]:
    """Take posts on this machine; without a certificate, something in front must speak TLS."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps the connection for the next event

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self.send_response(inbox.take(body, dict(self.headers)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what was told is in the inbox."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
    inbox = Inbox(Webhook(options.secret).verify) if options.secret else None
    listener = nullcontext() if inbox is None else listening(inbox, options.listen, options.certificate)
    with listener, httpx.Client(base_url=options.url, headers={"x-functions-key": options.key}, timeout=60) as http:
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
        status = _offer_and_book(orgcal)
        if inbox is not None:
            _follow(inbox, pause)
        return status


def _offer_and_book(orgcal: Orgcal) -> int:
    """What everybody could be offered tomorrow between 8 and 18 UTC; the first of it is booked."""
    start = (datetime.now(UTC) + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    end = start + timedelta(hours=10)
    try:
        slots = free_slots(orgcal.availability(list(PEOPLE), start, end), start, end, MEETING)
    except NotKnown as unknown:
        print(f"Nothing can be offered: {unknown}", file=sys.stderr)
        return 1
    for first, last in slots:
        print(f"{first:%A %H:%M} to {last:%H:%M} UTC")
    if slots:
        host, *others = PEOPLE
        booked = orgcal.book(BOOKING, host, slots[0], title="An example", cohosts=others, if_free=True)
        print(f"Booked: {booked['start']}, {booked['state']}")
    return 0


def _follow(inbox: Inbox, pause: Callable[[], None]) -> None:
    """Say what is told, until Ctrl-C."""
    said = 0
    while True:
        for event in inbox.events[said:]:
            print(f"{event['timestamp']} {event['type']}: {event['data']}", flush=True)
            said += 1
        pause()


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Offers time in which all of a customer's people are free; books it.")
    parser.add_argument("--url", required=True, help="address of the Orgcal deployment")
    parser.add_argument("--key", required=True, help="a host key of the deployment")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two looks while waiting")
    parser.add_argument("--secret", help="one of ORGCAL_EVENTS_SECRETS: listen for events, and say what is told")
    parser.add_argument("--listen", type=int, default=8443, help="the port on which to listen")
    parser.add_argument("--certificate", type=Path, help="PEM file with key and certificate of the listener")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refused as refused:
        sys.exit(str(refused))
