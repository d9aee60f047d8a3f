"""Examples of every request and answer: one file for each operation or event, held true by a test."""

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent / "samples"

# Of what stands in paths; the same names as in the samples.
IDS = {
    "organization": "acme",
    "user": "megan",
    "connection": "9a4253082ce9fee195bbe06ca9",
    "booking": "interview-17",
    "letter": "998204756030-b812d7e390b2f6b9",
    "hold": "hold-1",
    "event": "evt_57572xzyiklnvmvpbyesoiljyjjz23op",
}


def read_sample(name: str) -> dict[str, Any]:
    """``{"request": …, "answers": {"200": …}}`` of an operation; empty where there is none."""
    file = _HERE / f"{name}.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else {}
