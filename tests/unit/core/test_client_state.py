import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_mock import MockerFixture

from shared_code.core.client_state import LENGTH, ClientState, key_id, sign, verify
from shared_code.core.ids import MailboxKey, Registration, TenantId, UserId

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
TENANT = TenantId("11111111-2222-4333-8444-555555555555")
USER = UserId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
STATE = ClientState(MailboxKey("organizations", TENANT, USER), 7)
GRAPH_TAKES = 128  # characters

states = st.builds(
    ClientState,
    st.builds(
        MailboxKey,
        st.sampled_from(["organizations", "personal"]),
        st.uuids().map(lambda guid: TenantId(str(guid))),
        st.uuids().map(lambda guid: UserId(str(guid))),
    ),
    st.integers(0, 2**64 - 1),
)


@given(states)
def test_what_was_signed_is_read_back_and_fits_into_graphs_limit(state: ClientState) -> None:
    text = sign(state, KEY)

    assert verify(text, [KEY]) == state
    assert len(text) == LENGTH <= GRAPH_TAKES


@given(states, states)
def test_two_states_never_share_a_text(one: ClientState, other: ClientState) -> None:
    assert (sign(one, KEY) == sign(other, KEY)) is (one == other)


@pytest.mark.parametrize("place", range(78))
def test_any_changed_byte_breaks_it(place: int) -> None:
    signed = bytearray(base64.urlsafe_b64decode(sign(STATE, KEY)))

    signed[place] ^= 1

    assert verify(base64.urlsafe_b64encode(signed).decode(), [KEY, OTHER_KEY]) is None


@pytest.mark.parametrize("place", range(LENGTH))
def test_any_changed_character_breaks_it(place: int) -> None:
    text = sign(STATE, KEY)

    forged = text[:place] + ("B" if text[place] == "A" else "A") + text[place + 1 :]

    assert verify(forged, [KEY]) is None


@pytest.mark.parametrize(
    "other",
    [
        ClientState(MailboxKey("personal", TENANT, USER), 7),
        ClientState(MailboxKey("organizations", TenantId(USER), USER), 7),
        ClientState(MailboxKey("organizations", TENANT, UserId(TENANT)), 7),
        ClientState(MailboxKey("organizations", TENANT, USER), 8),
    ],
    ids=["registration", "tenant", "user", "generation"],
)
def test_the_mark_of_one_state_does_not_serve_another(other: ClientState) -> None:
    said, mark = _parts(sign(other, KEY))[0], _parts(sign(STATE, KEY))[1]

    assert verify(base64.urlsafe_b64encode(said + mark).decode(), [KEY]) is None


def test_every_key_verifies_and_a_retired_or_strange_one_does_not() -> None:
    text = sign(STATE, KEY)

    assert verify(text, [KEY, OTHER_KEY]) == verify(text, [OTHER_KEY, KEY]) == STATE
    assert verify(text, [OTHER_KEY]) is None
    assert verify(text, []) is None


def test_the_id_of_one_key_with_the_mark_of_another_is_refused() -> None:
    signed = bytearray(base64.urlsafe_b64decode(sign(STATE, OTHER_KEY)))

    signed[1:5] = key_id(KEY)

    assert verify(base64.urlsafe_b64encode(signed).decode(), [KEY, OTHER_KEY]) is None


def test_a_second_spelling_of_the_same_bytes_is_refused() -> None:
    spelled = next(text for text in _many() if "-" in text or "_" in text)

    assert verify(spelled, [KEY]) is not None
    assert verify(spelled.replace("-", "+").replace("_", "/"), [KEY]) is None


@pytest.mark.parametrize(
    "junk", ["", "A", "A" * LENGTH, "A" * (LENGTH - 1) + "=", "é" * LENGTH, "\ud800" * LENGTH, " " * LENGTH, "A" * 4096]
)
def test_junk_is_refused(junk: str) -> None:
    assert verify(junk, [KEY]) is None


def test_the_mark_is_compared_in_a_time_that_tells_nothing(mocker: MockerFixture) -> None:
    """Time cannot be measured here reliably; that nothing but ``compare_digest`` decides can."""
    text = sign(STATE, KEY)
    comparing = mocker.patch("shared_code.core.client_state.hmac.compare_digest", return_value=False)

    assert verify(text, [KEY]) is None
    assert comparing.call_args.args == (text, text)


@pytest.mark.parametrize("tenant", ["acme", USER.upper(), f"{{{USER}}}", USER.replace("-", "")])
def test_an_id_that_is_no_lower_case_guid_cannot_be_signed(tenant: str) -> None:
    registration: Registration = "organizations"

    with pytest.raises(ValueError, match=r"GUID|badly formed"):
        sign(ClientState(MailboxKey(registration, TenantId(tenant), USER), 1), KEY)


def _parts(text: str) -> tuple[bytes, bytes]:
    signed = base64.urlsafe_b64decode(text)
    return signed[:-32], signed[-32:]


def _many() -> list[str]:
    return [sign(ClientState(STATE.mailbox, generation), KEY) for generation in range(50)]
