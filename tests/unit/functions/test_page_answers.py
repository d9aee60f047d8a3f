"""Whether a posted form is our own, from what browsers say about where it came from."""

import azure.functions as func
import pytest

from functions.page_answers import comes_from_us

OURS = "https://orgcal.example"
CASES = [
    ({"Sec-Fetch-Site": "same-origin", "Origin": OURS}, True),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, True),  # what Chromium sends under no-referrer
    ({"Sec-Fetch-Site": "same-site", "Origin": "https://other.orgcal.example"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, False),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, False),
    ({"Sec-Fetch-Site": "cross-site"}, False),
    ({"Sec-Fetch-Site": "none"}, False),
    ({"Origin": OURS}, True),
    ({"Origin": "https://evil.example"}, False),
    ({"Origin": "null"}, False),
    ({}, True),  # no browser: nobody whose cookie could be misused
]


@pytest.mark.parametrize(("headers", "ours"), CASES)
def test_a_form_counts_as_ours_by_what_the_browser_says(headers: dict[str, str], ours: bool) -> None:
    request = func.HttpRequest("POST", f"{OURS}/consent/confirm", headers=headers, body=b"")

    assert comes_from_us(request, OURS) is ours
