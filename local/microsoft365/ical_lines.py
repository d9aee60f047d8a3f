"""An iCalendar file read line by line, before any parser: where each event begins and which zone each time is in.

Outlook writes zone names that break the rules of RFC 5545, 3.2 (`TZID=tzone://Microsoft/Utc` and
`TZID=(UTC+01:00) Brussels` hold a colon outside quotes). Every zone name is therefore replaced by a plain token before
the library sees it, which also keeps its process-wide memory of VTIMEZONEs out of play.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TIMES = re.compile(
    r"(?P<name>DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID)(?P<parameters>;.*)?:(?P<value>[^:]*)",
    re.IGNORECASE | re.DOTALL,
)
_ZONE = re.compile(r';TZID=(?:"(?P<quoted>[^"]*)"|(?P<plain>.*?))(?=;[A-Za-z-]+=|$)', re.IGNORECASE | re.DOTALL)
_ESCAPED = re.compile(r"\\([,;\\])")


type Vevent = Any
"""An icalendar.Event: the library's types allow any kind of value for any property, the readers know better."""


@dataclass(frozen=True, slots=True)
class UsedZone:
    """A zone name as the file has it, and the number of the first line that uses it."""

    name: str
    line: int


@dataclass(slots=True)
class ReadLines:
    """``text`` with a token for every zone name; ``zones`` by token; ``events`` the lines on which VEVENTs begin."""

    text: str = ""
    zones: dict[str, UsedZone] = field(default_factory=dict)
    events: list[int] = field(default_factory=list)


def read_lines(text: str) -> ReadLines:
    result, path, lines = ReadLines(), list[str](), list[str]()
    tokens: dict[str, str] = {}
    for number, line in _unfolded(text):
        keyword = line.strip().upper()
        if keyword == "BEGIN:VEVENT":
            result.events.append(number)
        if keyword.startswith("BEGIN:"):
            path.append(keyword[len("BEGIN:") :])
        elif keyword.startswith("END:") and path:
            path.pop()
        in_event = bool(path) and path[-1] == "VEVENT"
        lines.append(_with_token(line, number, tokens, result.zones) if in_event else line)
    result.text = "\r\n".join(lines)
    return result


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with the number of the physical line on which each begins, counted from 1."""
    begun, parts = 1, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] in {" ", "\t"} and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield begun, "".join(parts)
        begun, parts = number, [line]
    if parts:
        yield begun, "".join(parts)


def _with_token(line: str, number: int, tokens: dict[str, str], zones: dict[str, UsedZone]) -> str:
    times = _TIMES.fullmatch(line)
    zone = _ZONE.search(times["parameters"] or "") if times else None
    if times is None or zone is None:
        return line
    name = _ESCAPED.sub(r"\1", zone["quoted"] if zone["quoted"] is not None else zone["plain"])
    token = tokens.setdefault(name, f"zone-{len(tokens)}")
    zones.setdefault(token, UsedZone(name, number))
    parameters = times["parameters"][: zone.start()] + f";TZID={token}" + times["parameters"][zone.end() :]
    return f"{times['name']}{parameters}:{times['value']}"
