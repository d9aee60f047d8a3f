from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.candidates import (
    KEY_LENGTH,
    MOST_IN_A_BATCH,
    Rank,
    Sighting,
    fold,
    pack,
    sighting_key,
    unpack,
)
from shared_code.core.ids import ProductUserId, UserId

sightings = st.builds(
    Sighting,
    key=st.binary(min_size=KEY_LENGTH, max_size=KEY_LENGTH),
    rank=st.sampled_from(Rank),
    user_id=st.uuids().map(lambda found: UserId(str(found))),
    guest=st.booleans(),
    disabled=st.booleans(),
)


@given(st.lists(sightings))
def test_what_is_packed_is_unpacked_again(given_sightings: list[Sighting]) -> None:
    assert list(unpack(pack(given_sightings))) == given_sightings


def test_a_piece_takes_32_bytes_and_a_full_batch_fits_its_row() -> None:
    piece = Sighting(bytes(KEY_LENGTH), Rank.MAIL, UserId(str(UUID(int=1))))

    assert len(pack([piece])) == 32
    assert 32 * MOST_IN_A_BATCH <= 600 * 1024


@given(st.lists(sightings, max_size=20))
def test_a_batch_that_was_saved_twice_counts_once(given_sightings: list[Sighting]) -> None:
    assert fold([*given_sightings, *given_sightings]) == fold(given_sightings)


def test_the_key_tells_users_and_their_addresses_apart() -> None:
    keys = {
        sighting_key(ProductUserId(user), address)
        for user in ("ann", "bob")
        for address in ("", "a@contoso.com", "b@contoso.com")
    }

    assert len(keys) == 6
