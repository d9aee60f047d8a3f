"""Nobody is sent from the signed-in pages to where the deployment does not say."""

import pytest

from shared_code.core.return_addresses import is_allowed

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
