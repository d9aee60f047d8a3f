import re

import pytest
from itsdangerous import URLSafeSerializer

from shared_code.adapters.seals import SignedSeals
from shared_code.core.secret import Secret
from shared_code.errors import Forged

OLD, NEW = Secret("old-" * 10), Secret("new-" * 10)
CONTENT: dict[str, str | int] = {"organization": "acme", "generation": 3, "name": "Zoë"}


def test_what_was_sealed_opens_for_its_purpose() -> None:
    seals = SignedSeals([OLD])

    assert seals.open("link", seals.seal("link", CONTENT)) == CONTENT


def test_a_seal_is_unpadded_base64url() -> None:
    sealed = SignedSeals([OLD]).seal("link", {"long": "x" * 1000, "short": "é"})

    assert re.fullmatch(r"[A-Za-z0-9_.-]+", sealed)


def test_a_seal_of_one_purpose_opens_for_no_other() -> None:
    seals = SignedSeals([OLD])

    with pytest.raises(Forged):
        seals.open("state", seals.seal("link", CONTENT))


def test_a_seal_of_a_strange_key_does_not_open() -> None:
    sealed = SignedSeals([NEW]).seal("link", CONTENT)

    with pytest.raises(Forged):
        SignedSeals([OLD]).open("link", sealed)


def test_the_last_key_signs_and_all_verify() -> None:
    before, both, after = SignedSeals([OLD]), SignedSeals([OLD, NEW]), SignedSeals([NEW])

    assert both.open("link", before.seal("link", CONTENT)) == CONTENT
    assert after.open("link", both.seal("link", CONTENT)) == CONTENT
    with pytest.raises(Forged):
        before.open("link", both.seal("link", CONTENT))


def test_any_changed_character_breaks_the_seal() -> None:
    seals = SignedSeals([OLD])
    sealed = seals.seal("link", CONTENT)
    places = range(len(sealed) - 1)  # the last one's lowest bits are padding, and not part of the signature

    forged = [sealed[:place] + ("B" if sealed[place] == "A" else "A") + sealed[place + 1 :] for place in places]

    assert not any(_opens(seals, one) for one in forged)


@pytest.mark.parametrize("junk", ["", ".", "..", "a.b", "a.b.c", "é", "\ud800", "A" * 10_000, "eyJhIjoxfQ."])
def test_junk_is_forged(junk: str) -> None:
    with pytest.raises(Forged):
        SignedSeals([OLD]).open("link", junk)


def test_a_seal_of_the_librarys_weaker_default_does_not_open() -> None:
    sealed = URLSafeSerializer(OLD.reveal(), salt="link").dumps(CONTENT)

    with pytest.raises(Forged):
        SignedSeals([OLD]).open("link", str(sealed))


def test_no_key_is_shown() -> None:
    seals = SignedSeals([OLD])

    assert OLD.reveal() not in f"{seals!r} {vars(seals)!r} {seals.seal('link', CONTENT)}"


def test_without_a_key_nothing_can_be_sealed() -> None:
    with pytest.raises(ValueError, match="key"):
        SignedSeals([])


def _opens(seals: SignedSeals, sealed: str) -> bool:
    try:
        seals.open("link", sealed)
    except Forged:
        return False
    return True
