"""What a reader of the documentation does: paste one block after the other into the same terminal."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.stack import ROOT, Addresses

_FENCE = re.compile(r"^( *)```(sh|json)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_END = "--- end of the block ---"


@dataclass(frozen=True)
class Block:
    commands: str
    shown: Any  # the answer that the page shows for the last command, None if it shows none


@dataclass(frozen=True)
class Output:
    status: int
    text: str

    @property
    def answers(self) -> list[Any]:
        """Whatever was printed that is JSON, a line each."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]


def blocks_of(page: Path) -> list[Block]:
    """The ``sh`` blocks, each with the ``json`` block that follows it, if one does."""
    return list(_blocks(page.read_text()))


def _blocks(text: str) -> Iterator[Block]:
    found = [(kind, re.sub(f"^{indent}", "", body, flags=re.MULTILINE)) for indent, kind, body in _FENCE.findall(text)]
    for (kind, body), (next_kind, next_body) in zip(found, [*found[1:], ("", "")], strict=True):
        if kind == "sh":
            yield Block(body, json.loads(next_body) if next_kind == "json" else None)


class Terminal:
    """A shell in a folder that looks like a checkout in which ``make serve`` runs."""

    def __init__(self, folder: Path, addresses: Addresses) -> None:
        self._folder = folder
        (folder / ".local").mkdir()
        (folder / ".local" / "serve.json").write_text(json.dumps(asdict(addresses)))
        for name in ("local", "examples"):
            (folder / name).symlink_to(ROOT / name)
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)

    def __enter__(self) -> Self:
        self._shell = subprocess.Popen(
            ["bash"],
            cwd=self._folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self._folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._shell.communicate()

    def paste(self, commands: str) -> Output:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f'{commands}\necho "{_END}" $?\n')
        self._shell.stdin.flush()
        lines: list[str] = []
        for line in self._shell.stdout:
            if line.startswith(_END):
                return Output(int(line.removeprefix(_END)), "".join(lines))
            lines.append(line)
        raise AssertionError(f"the shell ended:\n{''.join(lines)}")
