"""The product, and whoever supports it, can look up every word that an account of somebody's own may have."""

import re

from shared_code.core.personal_account import PersonalReason
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.core.personal_sign_in import PersonalOutcome
from tests.unit.docs.test_docs import ROOT

NEVER_TOLD = {PersonalOutcome.CONNECTED, PersonalOutcome.REFUSED, PersonalRefusal.NEVER_CAME_BACK}


def test_the_api_page_explains_every_word_and_no_other() -> None:
    page = (ROOT / "docs/api.md").read_text()
    table = page.partition("| `personal_connection_error` |")[2].partition("\n\n")[0]

    explained = {word for row in table.splitlines()[2:] for word in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert explained == {*map(str, {*PersonalOutcome, *PersonalRefusal} - NEVER_TOLD), PersonalRefusal.OTHER}


def test_the_operating_page_says_what_every_reason_takes_and_no_other() -> None:
    page = (ROOT / "docs/operating.md").read_text()
    section = page.partition("## When an account has to be connected again")[2].partition("\n## ")[0]
    table, _, of_the_policy = section.partition("| `reason` |")[2].partition("\n\n")

    explained = {word for row in table.splitlines()[2:] for word in re.findall(r"`(\w+)`", row.split("|")[1])}
    by_policy = set(re.findall(r"^`(\w+)` and `(\w+)`", of_the_policy, re.MULTILINE)[0])

    assert explained | by_policy == set(map(str, PersonalReason))
    assert by_policy == {PersonalReason.NOT_ALLOWED, PersonalReason.ADMIN_MANAGED}
