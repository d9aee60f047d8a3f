import base64

import pytest

from shared_code.adapters.client_states import SignedClientStates
from shared_code.core.client_state import ClientState, sign
from shared_code.core.ids import MailboxKey, TenantId, UserId
from shared_code.core.secret import Secret
from shared_code.errors import Forged

OLD, NEW = Secret("old-" * 10), Secret("new-" * 10)
TENANT = TenantId("11111111-2222-4333-8444-555555555555")
USER = UserId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee")
STATE = ClientState(MailboxKey("organizations", TENANT, USER), 7)


def test_the_last_key_signs_and_all_verify() -> None:
    before, both, after = SignedClientStates([OLD]), SignedClientStates([OLD, NEW]), SignedClientStates([NEW])

    assert both.read(before.write(STATE)) == after.read(both.write(STATE)) == STATE
    with pytest.raises(Forged):
        after.read(before.write(STATE))


def test_a_signing_key_itself_marks_no_client_state() -> None:
    with pytest.raises(Forged):
        SignedClientStates([OLD]).read(sign(STATE, OLD.reveal().encode()))


def test_no_key_is_shown() -> None:
    states = SignedClientStates([OLD])

    shown = f"{states!r} {vars(states)!r} {base64.urlsafe_b64decode(states.write(STATE))!r}"

    assert OLD.reveal() not in shown
    assert "Secret(…)" in shown


def test_without_a_key_nothing_can_be_signed() -> None:
    with pytest.raises(ValueError, match="key"):
        SignedClientStates([])
