"""What the product asks for when it books, and the words by which the same request is known again."""

import json
from dataclasses import asdict, dataclass

from shared_code.core.ids import BookingId, OrganizationId, ProductUserId
from shared_code.core.meeting import Meeting


@dataclass(frozen=True)
class BookingRequest:
    organization: OrganizationId
    booking: BookingId
    host: ProductUserId
    cohosts: tuple[ProductUserId, ...]  # in order, each once, without the host
    meeting: Meeting  # without the co-hosts, whose addresses the product need not know
    if_free: bool  # read everybody's calendars first


def words_of(request: BookingRequest) -> bytes:
    """All that makes the meeting; the same request gives the same bytes."""
    meeting = asdict(request.meeting)
    meeting["time"] = [request.meeting.time.start.isoformat(), request.meeting.time.end.isoformat()]
    said = {"host": request.host, "cohosts": request.cohosts, **meeting}
    return json.dumps(said, sort_keys=True).encode()


def text_of(meeting: Meeting) -> bytes:
    return json.dumps([meeting.is_html, meeting.body]).encode()
