"""Answers by script: what should go wrong, for which requests, how often."""

from datetime import datetime

import msgspec


class Match(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """Which requests are meant; what is left out matches everything. ``user`` is an object id."""

    kind: str | None = None
    tenant: str | None = None
    user: str | None = None
    app: str | None = None
    method: str | None = None


class FaultAnswer(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """What comes instead. Without ``status`` the request is only delayed (or dropped). Times in seconds.

    ``whole_tenant``: the limit is that of the app in the tenant, so ``retry_after`` holds for all that it asks there.
    ``after_the_act``: the request is carried out first, and only its answer is lost: ``status`` (504, say) comes in its
    place, or the connection is cut.
    """

    status: int | None = None
    code: str | None = None
    message: str | None = None
    retry_after: float | None = None
    whole_tenant: bool = False
    delay_seconds: float = 0.0
    drop_connection: bool = False
    after_the_act: bool = False

    def __post_init__(self) -> None:
        if self.after_the_act and self.status is None and not self.drop_connection:
            raise ValueError("after_the_act needs a status, or drop_connection")


class Fault(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """``times`` counts down to nothing; without it the fault stays until ``until``, or for good."""

    answer: FaultAnswer
    match: Match = Match()
    times: int | None = None
    until: datetime | None = None
    id: int = 0


class FaultScript:
    """The first fault that matches answers; several are tried in the order they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._added = 0

    def add(self, fault: Fault) -> Fault:
        self._added += 1
        fault.id = self._added
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def all(self) -> list[Fault]:
        return list(self._faults)

    def take(self, asked: Match, now: datetime) -> FaultAnswer | None:
        """The answer for this request, counted; None when nothing is scripted for it."""
        self._faults = [fault for fault in self._faults if _is_live(fault, now)]
        for fault in self._faults:
            if _covers(fault.match, asked):
                if fault.times is not None:
                    fault.times -= 1
                return fault.answer
        return None


def _is_live(fault: Fault, now: datetime) -> bool:
    return (fault.times is None or fault.times > 0) and (fault.until is None or now < fault.until)


def _covers(match: Match, asked: Match) -> bool:
    return all(
        wanted is None or wanted == getattr(asked, name)
        for name in Match.__struct_fields__
        for wanted in [getattr(match, name)]
    )
