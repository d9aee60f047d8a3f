import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.addresses import domain_of, is_address, mask, normalise


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice@Contoso.COM", "alice@contoso.com"),
        ("  alice@contoso.com\t", "alice@contoso.com"),
        ("J\u00e9r\u00f4me@contoso.com", "je\u0301ro\u0302me@contoso.com"),
        ("STRASSE@M\u00dcNCHEN.DE", "strasse@mu\u0308nchen.de"),
    ],
)
def test_spellings_of_one_address_are_equal(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("alice@contoso.com", "contoso.com"),
        ("alice_contoso.com#ext#@fabrikam.onmicrosoft.com", "fabrikam.onmicrosoft.com"),
        ("nobody", ""),
    ],
)
def test_the_domain_is_what_follows_the_last_at(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    "text", ["a@contoso.com", "o'neil+tag@eu.contoso.co.uk", "j\u00e9@m\u00fcnchen.de", "a@xn--mnchen-3ya.de"]
)
def test_an_address_is_recognised(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "@contoso.com",
        "alice@",
        "alice@localhost",
        "a b@contoso.com",
        "a@b@contoso.com",
        "a@contoso..com",
        "a@-contoso.com",
        "a\x00@contoso.com",
        "a@contoso.com" + "m" * 320,
        "x" * 65 + "@contoso.com",
    ],
)
def test_what_cannot_be_an_address_is_refused(text: str) -> None:
    assert not is_address(text)


def test_a_masked_address_shows_its_first_letter_and_its_domain() -> None:
    assert mask("alice@contoso.com") == "a***@contoso.com"
