"""What a client asks for in `Prefer`: zone, kind of ids, size of pages, form of bodies.

learn.microsoft.com/graph/api/user-list-calendarview (headers) and …/outlook-immutable-id. Several preferences may share
one header or come in several; each answer names those it followed in `Preference-Applied`.
"""

import re
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from local.microsoft365.graph.errors import GraphError
from local.microsoft365.time_zones import UTC_ZONE, UnknownTimeZone, Zone, find_zone

_PREFERENCE = re.compile(r'\s*([\w.\-]+)\s*=\s*(?:"([^"]*)"|([^,;\s"]+))\s*(?:[,;]|$)')


@dataclass(frozen=True, slots=True)
class Preferences:
    """Nothing of this is carried by a nextLink: the client has to send the header again with every page."""

    zone: Zone = UTC_ZONE
    immutable_ids: bool = False
    page_size: int | None = None
    body: Literal["html", "text"] = "html"
    applied: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        return {"Preference-Applied": ", ".join(self.applied)} if self.applied else {}


def preferences_of(request: Request) -> Preferences:
    """Unknown preferences are passed over, as HTTP wants it; an unknown zone is 400."""
    asked = _asked(request)
    zone, kind, size, body = (asked.get(name) for name in _NAMES)
    followed = {
        "outlook.timezone": f'"{zone}"' if zone is not None else None,
        "IdType": '"ImmutableId"' if kind == "ImmutableId" else None,
        "odata.maxpagesize": size if size and size.isdecimal() and int(size) > 0 else None,
        "outlook.body-content-type": f'"{body}"' if body in {"text", "html"} else None,
    }
    return Preferences(
        zone=UTC_ZONE if zone is None else _known_zone(zone),
        immutable_ids=kind == "ImmutableId",
        page_size=int(followed["odata.maxpagesize"]) if followed["odata.maxpagesize"] else None,
        body="text" if body == "text" else "html",
        applied=tuple(f"{name}={value}" for name, value in followed.items() if value is not None),
    )


_NAMES = ("outlook.timezone", "idtype", "odata.maxpagesize", "outlook.body-content-type")


def _asked(request: Request) -> dict[str, str]:
    found = (each for header in request.headers.getlist("prefer") for each in _PREFERENCE.finditer(header))
    return {name.lower(): quoted or plain for name, quoted, plain in (each.groups(default="") for each in found)}


def _known_zone(name: str) -> Zone:
    try:
        return find_zone(name)
    except UnknownTimeZone as error:
        message = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
        raise GraphError(400, "TimeZoneNotSupportedException", message) from error
