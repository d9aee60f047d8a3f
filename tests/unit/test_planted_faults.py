"""The faults that ``make faults`` plants fit the code as it is today."""

import re

import pytest

from tests.faults.planted import PLANTED, PlantedFault
from tests.faults.planting import MOST_LINES, ROOT, NotPlanted, changed_lines, with_fault

every_fault = pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)


@every_fault
def test_a_planted_fault_fits_the_code_and_compiles(fault: PlantedFault) -> None:
    text = (ROOT / fault.path).read_text("utf-8")

    faulty = with_fault(fault, text)

    assert faulty != text
    compile(faulty, fault.path, "exec")


@every_fault
def test_a_planted_fault_is_small(fault: PlantedFault) -> None:
    assert 0 < changed_lines(fault) <= MOST_LINES


def test_a_fault_that_no_longer_fits_is_told() -> None:
    with pytest.raises(NotPlanted, match="0 times"):
        with_fault(PLANTED[0], "other code")


def test_fifteen_different_faults_are_planted() -> None:
    assert len({fault.name for fault in PLANTED}) == 15


def test_the_reliability_page_says_where_each_is_planted() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8")

    told = dict(re.findall(r"^\| ([^|`]+) \| `([a-z_/]+\.py)` \|", page, re.MULTILINE))

    assert told == {fault.name: fault.path.removeprefix("shared_code/") for fault in PLANTED}
