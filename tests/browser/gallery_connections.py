"""Connections in the states that few admins meet, several of them on one page."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import batched

from shared_code.core.trouble import Trouble
from shared_code.pages import admin
from shared_code.pages.frames import Frame
from tests.browser.gallery_admin import CLIENT, NAME, NOW, cards, overview, troubled
from tests.browser.gallery_saying import saying


def rare_connections(frame: Frame) -> dict[str, str]:
    """HTML by a name for each."""
    return dict(_pages(frame))


def _pages(frame: Frame) -> Iterator[tuple[str, str]]:
    known = cards()
    under_way = ("granting", "collecting", "deciding", "reading")
    yield "outlook_under_way", overview(frame, *(known[each] for each in under_way))
    for number, some in enumerate(batched(Trouble, admin.MOST_CARDS, strict=False), start=1):
        at_large = (troubled(known["active"], trouble) for trouble in some)
        yield f"outlook_troubles_{number}", overview(saying(frame, "disconnecting_nobody"), *at_large)
    nobody = admin.card_view(replace(known["active"], connected=0), NOW)
    yield "disconnect_nobody", admin.render_disconnect(frame, admin.DisconnectView(nobody, NAME, CLIENT, (NAME,)))
