"""What a benchmark reports, and how it is printed."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Row:
    """One measurement. ``floor`` is what the work costs at the very least, ``comparison`` what others' way costs."""

    operation: str
    measured: str
    budget: str = ""
    floor: str = ""
    comparison: str = ""
    within: bool = True  # the budget, where there is one


HEADINGS = ("operation", "measured", "budget", "floor", "comparison")


def render_table(rows: Sequence[Row]) -> str:
    lines = [HEADINGS, *(tuple(str(cell) for cell in astuple(row)[: len(HEADINGS)]) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = tuple("-" * width for width in widths)
    marks = ["", "", *("" if row.within else "  OVER BUDGET" for row in rows)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + mark
        for line, mark in zip([lines[0], rule, *lines[1:]], marks, strict=True)
    )
