"""Online meetings: the link of an event, and the block in its body that the meeting hangs on.

learn.microsoft.com/graph/outlook-calendar-online-meetings, …/api/event-update
"""

from dataclasses import replace

from local.microsoft365.calendar_folder import TEAMS, Calendar
from local.microsoft365.events import Content
from local.microsoft365.mailbox import Mailbox

_BLOCK = (
    '<br><div class="me-email-text" lang="en-US"><div>Microsoft Teams meeting</div>'
    '<div><a id="meet_invite_block.action.join_link" href="{url}">Join the meeting now</a></div></div>'
)


def with_meeting(
    content: Content, provider: str | None, place: tuple[Mailbox, Calendar], owner: tuple[str, str]
) -> Content:
    """The content with a meeting of Teams; unchanged where it has one, or the calendar does not allow the provider.

    ``provider`` is None for the calendar's own choice; ``owner`` are the ids of tenant and organizer.
    """
    mailbox, calendar = place
    if content.join_url is not None or TEAMS not in calendar.meeting_providers or provider not in {None, TEAMS}:
        return content
    url = _join_url(mailbox.new_meeting_id(), *owner)
    return replace(content, join_url=url, body=content.body + _BLOCK.format(url=url))


def without_lost_meeting(content: Content) -> Content:
    """Whoever writes the body without the block has no meeting any more."""
    if content.join_url is None or content.join_url in content.body:
        return content
    return replace(content, join_url=None)


def _join_url(meeting: str, tenant: str, organizer: str) -> str:
    context = f"%7b%22Tid%22%3a%22{tenant}%22%2c%22Oid%22%3a%22{organizer}%22%7d"
    return f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{meeting}%40thread.v2/0?context={context}"
