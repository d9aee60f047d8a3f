"""Every mail about a meeting that Exchange sent by itself, one entry for each recipient."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

type MailKind = Literal["invitation", "update", "cancellation", "accepted", "tentativelyAccepted", "declined"]


class Mail(msgspec.Struct, frozen=True, rename="camel"):
    """``delivered``: the recipient has a mailbox here; all others are outside. ``i_cal_u_id`` names the meeting."""

    n: int
    at: datetime
    kind: MailKind
    sender: str
    recipient: str
    subject: str
    comment: str
    i_cal_u_id: str = msgspec.field(name="iCalUId")
    delivered: bool = False


class MailLog:
    """Numbered from 1, never reused."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self.last = 0

    def take_number(self) -> int:
        self.last += 1
        return self.last

    def add(self, mail: Mail) -> None:
        self._mails.append(mail)

    def after(self, number: int) -> Iterator[Mail]:
        return (mail for mail in self._mails if mail.n > number)

    def clear(self) -> None:
        self._mails.clear()
