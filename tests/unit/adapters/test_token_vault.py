"""What a sealed refresh token is bound to: one link, however the parts of its name may be cut."""

from hypothesis import given
from hypothesis import strategies as st

from shared_code.adapters.token_keys import NotWrapped, TokenKeys
from shared_code.adapters.token_vault import TableTokenVault
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.secret import Secret
from shared_code.core.token_key import TokenKey
from shared_code.errors import Forged
from tests.fakes.clock import FixedClock
from tests.fakes.memory_rows import MemoryRows


@st.composite
def cut(draw: st.DrawFn, text: str = "aabab") -> LinkKey:
    """The same text each time, in other parts."""
    first, second, third = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 3)))
    mailbox = MailboxKey("personal", TenantId(text[second:third]), UserId(text[third:]))
    return LinkKey(mailbox, OrganizationId(text[:first]), ProductUserId(text[first:second]))


async def opens(vault: TableTokenVault, sealed_for: LinkKey, opened_by: LinkKey) -> bool:
    sealed = await vault.seal(sealed_for, Secret("a token, é"))
    try:
        return (await vault.open(opened_by, sealed)).reveal() == "a token, é"
    except Forged:
        return False


@given(cut(), cut())
async def test_a_token_opens_for_the_link_that_it_was_sealed_for_and_for_no_other(one: LinkKey, other: LinkKey) -> None:
    vault = TableTokenVault(MemoryRows(), TokenKeys([TokenKey("k", bytes(32))], NotWrapped()), FixedClock())

    assert await opens(vault, one, one)
    assert await opens(vault, one, other) is (one == other)
