"""Child processes of the local stack: started with a log of their own, awaited until ready, stopped in good order."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LOOK_EVERY_SECONDS = 0.05


class StackError(RuntimeError):
    """A part of the local stack is missing or did not start; the message says which and what to do about it."""


class Process:
    """One running child, in a session of its own so that Ctrl-C reaches only the process that stops the others."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=None if environment is None else dict(environment),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def is_running(self) -> bool:
        return self._child.poll() is None

    def wait_until[T](self, look: Callable[[], T | None], *, seconds: float) -> T:
        """The first value ``look`` finds; ``StackError`` with the end of the log if the child ends or time is up."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            found = look()
            if found is not None:
                return found
            if not self.is_running():
                raise StackError(f"{self.name} ended with exit code {self._child.returncode}:\n{self.log_tail()}")
            time.sleep(_LOOK_EVERY_SECONDS)
        raise StackError(f"{self.name} was not ready after {seconds:g} seconds:\n{self.log_tail()}")

    def log_tail(self, lines: int = 30) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:]) or "(its log is empty)"

    def stop(self, *, seconds: float = 15.0) -> int:
        """Ask the child to end, insist after ``seconds``, and return its exit code (negative: the signal)."""
        if self.is_running():
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGKILL)
        return self._child.wait(seconds)


def child_environment(**settings: str) -> dict[str, str]:
    """This process's environment with ``settings`` on top, so that ``python -m local.…`` finds the project."""
    root = str(Path(__file__).resolve().parent.parent)
    return {**os.environ, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1", **settings}
