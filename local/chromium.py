"""The Chromium of this machine: Debian's without a window, which is the lighter, or with one, or Playwright's own."""

import shutil
from pathlib import Path
from typing import Final

HOW_TO_INSTALL: Final = (
    "chromium is missing: on Debian, apt-get install chromium-headless-shell; "
    "else .venv/bin/playwright install chromium"
)
# Nobody's profile, nothing in the background, and no request but ours.
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium(playwrights_own: str) -> str | None:
    """Its path; ``playwrights_own`` is where Playwright would have it (``playwright.chromium.executable_path``)."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium") or playwrights_own
    return found if Path(found).exists() else None
