"""Names as they are printed, and as keyboards write them."""

import pytest

from shared_code.core.typed import as_typed, is_typed


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("L'Atelier", "L’Atelier"),
        ("L’Atelier", "L'Atelier"),
        ("l`atelier", "L´Atelier"),
        ('The "Best" Company', "The “Best” Company"),
        ('"Beste" GmbH', "„Beste“ GmbH"),
        ('Le "Quai"', "Le «Quai»"),
        ("Nord-Süd", "Nord‑Süd"),
        ("Nord - Süd", "Nord – Süd"),
        ("Nord - Süd", "Nord\u00a0—\u202fSüd"),
        ("Donaudampf", "Donau\u00addampf\u200b"),
        ("oeuvre & co...", "Œuvre & Co…"),
        ("STRASSE", "Straße"),
        ("socie\u0301te\u0301", "Société"),
        ("  acme   inc ", "Acme Inc"),
        ('"L\'Atelier"', "«\u00a0L’Atelier\u00a0»"),
        ("Orgcal SA", "Orgcal® SA"),
        ("5%", "5\u202f%"),
    ],
)
def test_a_name_can_be_typed_on_any_keyboard(typed: str, name: str) -> None:
    assert is_typed(typed, ["another", name])


@pytest.mark.parametrize("typed", ["", " ", "LAtelier", "L Atelier", "L'Ateliér", "Atelier"])
def test_another_name_is_another_name(typed: str) -> None:
    assert not is_typed(typed, ["L’Atelier"])


def test_a_name_of_signs_that_nobody_sees_is_empty() -> None:
    assert as_typed("\u200b\u00ad \u2060") == ""
