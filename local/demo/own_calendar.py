"""``make demo CALENDAR=my.ics``: the story with a calendar of one's own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.demo.people import verified
from local.demo.steps import ACME
from local.demo.world import CONTOSO, CONTOSO_DOMAIN, Busy, World, add_person, read_busy
from local.microsoft365.ical_import import ImportRefused, import_calendar
from local.microsoft365.mailbox import Mailbox

SHOWN = 20
ZONE = "Etc/UTC"


class NotImported(Exception):
    """The file is no calendar that can be read; says why and where."""


def check_calendar(path: Path) -> None:
    """Before anything is started: can the file be imported at all? Raise ``NotImported`` if not."""
    try:
        mailbox = Mailbox("Myself", f"myself@{CONTOSO_DOMAIN}", "UTC")
        import_calendar(mailbox, mailbox.default_calendar, path.read_bytes(), datetime.now(UTC))
    except (OSError, ImportRefused) as error:
        raise NotImported(f"{path}: {error}") from error


def own_calendar(world: World, path: Path) -> str:
    """The file becomes somebody's calendar; what Orgcal answers is compared with what the file says."""
    object_id = add_person(world, CONTOSO, CONTOSO_DOMAIN, "myself")
    url = f"/tenants/{CONTOSO}/people/{object_id}/calendars/default/import"
    answer = world.stack.control.post(url, content=path.read_bytes(), headers={"Content-Type": "text/calendar"})
    if answer.is_error:
        raise NotImported(f"{path}: {answer.json()['detail']}")
    body = {"addresses": [verified(f"myself@{CONTOSO_DOMAIN}")], "time_zone": ZONE}
    world.product.call("PUT", f"/{ACME}/users/myself", body)
    world.settle()
    start, end = world.window
    given = world.product.availability(ACME, ["myself"], start, end)["myself"]
    truth = world.truth(CONTOSO, object_id, ZONE, start, end)
    world.expect(given["complete"], True, "the answer for the imported calendar")
    world.expect(read_busy(given["busy"]), truth, "busy times of the imported calendar")
    days = (end - start) // timedelta(days=1)
    return f"{answer.json()['imported']} events imported; busy in the coming {days} days:\n{_listed(truth)}"


def _listed(busy: Busy) -> str:
    lines = [f"      {start:%a %-d %b %Y %H:%M} – {end:%a %-d %b %H:%M} UTC" for start, end in busy[:SHOWN]]
    more = [f"      and {len(busy) - SHOWN} more"] if len(busy) > SHOWN else []
    return "\n".join([*lines, *more]) or "      nothing at all"
