"""The product can look up every word with which somebody comes back from connecting an account."""

import re

from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.core.personal_sign_in import PersonalOutcome
from tests.unit.docs.test_docs import ROOT

NEVER_TOLD = {PersonalOutcome.CONNECTED, PersonalOutcome.REFUSED, PersonalRefusal.NEVER_CAME_BACK}


def test_the_api_page_explains_every_word_and_no_other() -> None:
    page = (ROOT / "docs/api.md").read_text()
    table = page.partition("| `personal_connection_error` |")[2].partition("\n\n")[0]

    explained = {word for row in table.splitlines()[2:] for word in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert explained == {*map(str, {*PersonalOutcome, *PersonalRefusal} - NEVER_TOLD), PersonalRefusal.OTHER}
