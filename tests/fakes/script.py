"""What every fake of a Microsoft port shares: it notes each call, and fails where it is told to."""

from dataclasses import dataclass, field

from shared_code.errors import OrgcalError


@dataclass(frozen=True)
class Call:
    operation: str
    about: tuple[str | None, ...]  # the arguments that say which tenant, mailbox, calendar or link


@dataclass
class _Fault:
    operation: str
    error: OrgcalError
    about: str | None
    left: int | None


@dataclass
class Script:
    calls: list[Call] = field(default_factory=list)
    _faults: list[_Fault] = field(default_factory=list)

    def fail(self, operation: str, error: OrgcalError, *, about: str | None = None, times: int | None = None) -> None:
        """Let ``operation`` raise ``error``, only for calls about ``about`` if given, ``times`` times or for good."""
        self._faults.append(_Fault(operation, error, about, times))

    def heal(self) -> None:
        self._faults.clear()

    def operations(self) -> list[str]:
        return [call.operation for call in self.calls]

    def enter(self, operation: str, *about: str | None) -> None:
        """A fake calls this first in every operation."""
        self.calls.append(Call(operation, about))
        for fault in self._faults:
            if fault.operation == operation and fault.left != 0 and fault.about in (None, *about):
                fault.left = None if fault.left is None else fault.left - 1
                raise fault.error
