"""Checks the shapes against a folder of documented examples: `make shapes EXAMPLES=dir`.

An example is a JSON file with `request` and `response`, or only a part of them. Its request's address says which shape
is meant; where there is none, what it holds says so. Files that no shape describes are passed over and counted.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.contract.shapes import faults, shape_of

_ERRORS = 400  # from here on the answer is a refusal, which has a shape of its own
_BY_MEMBER = {
    "keys": "jwks.json",
    "jwks_uri": "openid-configuration.json",
    "error_codes": "token-error.json",
    "access_token": "token-answer.json",
    "error": "error-envelope.json",
    "expirationDateTime": "subscription.json",
    "subscriptionId": "change-notification.json",
}
_BY_ITEM = {"lifecycleEvent": "lifecycle-notifications.json", "subscriptionId": "change-notifications.json"}


def main(folder: Path) -> int:
    """The exit code: 0 if at least one example was checked and all of them fit."""
    files = sorted(folder.glob("*.json"))
    checked, failed, passed_over = 0, 0, []
    for path in files:
        parts = list(_parts(json.loads(path.read_text())))
        passed_over += [] if parts else [path.name]
        for name, body in parts:
            found = list(faults(name, body))
            checked, failed = checked + 1, failed + bool(found)
            print(f"{'does not fit' if found else 'fits'} {name}: {path.name}")  # noqa: T201 - a command
            for fault in found:
                print(f"  {fault}")  # noqa: T201
    print(f"no shape describes: {', '.join(passed_over) or 'none'}")  # noqa: T201
    print(f"{checked} examples checked, {failed} do not fit")  # noqa: T201
    return 0 if checked and not failed else 1


def _parts(example: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The answers in an example, each with the shape it should have."""
    request = example.get("request", {})
    for key in ("response", "error_response"):
        answer = example.get(key)
        if isinstance(answer, dict) and "body" in answer:
            yield from _answer(request, answer.get("status", 200), answer["body"])
    for key in ("body", "token_response"):
        yield from _by_content(example.get(key))
    for key in ("redirect_success", "redirect_error"):
        if key in example:
            query = dict(parse_qsl(urlsplit(example[key].split()[-1]).query))
            yield ("redirect-error.json" if "error" in query else "redirect-code.json"), query


def _answer(request: dict[str, Any], status: int, body: Any) -> Iterator[tuple[str, Any]]:
    if int(status) >= _ERRORS or not request:
        yield from _by_content(body)
    elif name := shape_of(request.get("method", ""), request.get("url", "")):
        yield name, body


def _by_content(body: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(body, dict):
        items = body.get("value")
        told = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
        names = [_BY_MEMBER[member] for member in _BY_MEMBER if member in body]
        name = next(iter([*names, *(_BY_ITEM[member] for member in _BY_ITEM if member in told)]), None)
        if name is not None:
            yield name, body


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
