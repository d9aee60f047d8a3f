"""Marks and sealed words: the same for the same, of one purpose, and known again by every key."""

from shared_code.adapters.marks import KeyedMarks
from shared_code.core.ids import BookingId, OrganizationId
from shared_code.core.secret import Secret

OLD, NEW = Secret("old-" * 10), Secret("new-" * 10)
ACME, OTHER, NAME = OrganizationId("acme"), OrganizationId("other"), BookingId("b-1")


def test_a_mark_is_the_same_each_time_and_another_for_every_generation_and_organization() -> None:
    marks = KeyedMarks([NEW])

    made = [marks.mark(ACME, NAME, 1), marks.mark(ACME, NAME, 2), marks.mark(OTHER, NAME, 1), marks.mark(ACME, NAME, 1)]

    assert made[0] == made[3]
    assert len(set(made)) == 3
    assert all(mark.isalnum() and mark.islower() and len(mark) == 32 for mark in made)


def test_words_sealed_with_an_older_key_are_known_again() -> None:
    sealed = KeyedMarks([OLD]).seal(b"words")

    assert KeyedMarks([OLD, NEW]).is_sealed(b"words", sealed)
    assert not KeyedMarks([OLD, NEW]).is_sealed(b"other words", sealed)
    assert not KeyedMarks([NEW]).is_sealed(b"words", sealed)
    assert not KeyedMarks([NEW]).is_sealed(b"words", "")


def test_a_seal_tells_nothing_that_a_mark_would() -> None:
    marks = KeyedMarks([NEW])

    assert marks.mark(ACME, NAME, 1) not in marks.seal(b"acme\nb-1\n1")
