"""Nobody is sent from the signed-in pages to where the deployment does not say."""

import pytest

from shared_code.core.ids import ConnectionId
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.core.personal_sign_in import PersonalOutcome
from shared_code.core.return_addresses import is_allowed, with_outcome

ORIGINS = ("https://product.example", "http://localhost:3000")


@pytest.mark.parametrize(
    "address",
    [
        "https://product.example",
        "https://product.example/",
        "https://product.example/settings?tab=calendars#outlook",
        "https://PRODUCT.example/settings",
        "http://localhost:3000/settings",
    ],
)
def test_an_address_of_an_origin_in_the_list_is_allowed(address: str) -> None:
    assert is_allowed(address, ORIGINS)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/settings",
        "//product.example",
        "http://product.example",
        "https://product.example:8443",
        "https://product.example.evil.example",
        "https://evil.example/https://product.example",
        "https://evil.example@product.example",
        "https://product.example@evil.example",
        "https://evil.example\\@product.example",
        "https://product.example\\.evil.example",
        "https://product.example\n.evil.example",
        "https://product.example/a b",
        "https://[product.example",
        "javascript:alert(1)",
        "https://prodüct.example",
    ],
)
def test_anything_else_is_not(address: str) -> None:
    assert not is_allowed(address, ORIGINS)


def test_without_a_list_nothing_is_allowed() -> None:
    assert not is_allowed("https://product.example", ())


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://product.example", "https://product.example?personal_connection=c-1"),
        ("https://product.example/a?b=c%20d#e", "https://product.example/a?b=c%20d&personal_connection=c-1#e"),
        ("https://product.example/a?", "https://product.example/a?personal_connection=c-1"),
        ("https://product.example/#/route?x=1", "https://product.example/?personal_connection=c-1#/route?x=1"),
    ],
)
def test_the_way_back_says_which_account_was_connected(address: str, told: str) -> None:
    back = with_outcome(address, PersonalOutcome.CONNECTED, ConnectionId("c-1"))

    assert back == told
    assert is_allowed(back, ORIGINS)


@pytest.mark.parametrize("word", [PersonalOutcome.CANCELLED, PersonalRefusal.ADMIN_APPROVAL])
def test_the_way_back_says_what_stopped_somebody(word: PersonalOutcome | PersonalRefusal) -> None:
    back = with_outcome("https://product.example/a", word, None)

    assert back == f"https://product.example/a?personal_connection_error={word}"
