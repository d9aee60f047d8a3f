"""Pages with what was just done said on them, on the page where somebody reads it."""

from dataclasses import replace

from shared_code.pages.frames import Frame
from shared_code.pages.said import Said


def saying(frame: Frame, name: str, number: int | None = None) -> Frame:
    """The frame of somebody who is signed in, once more."""
    assert frame.signed_in is not None
    return replace(frame, signed_in=replace(frame.signed_in, said=Said(name, number)))
