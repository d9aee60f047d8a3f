"""Posts to our addresses by somebody who is not Microsoft."""

from random import Random
from typing import Any

import httpx
import msgspec

from shared_code.adapters.client_states import SignedClientStates
from shared_code.core.client_state import ClientState
from shared_code.core.secret import Secret
from tests.simulation.places import CARL, ORGCAL, Person

_GUESSED = SignedClientStates([Secret("a-key-that-somebody-else-has-made-up-for-us")])


async def forge(addresses: httpx.AsyncBaseTransport, person: Person, chance: Random) -> None:
    """One of the forgeries, for this person or for one who is nobody's user."""
    about = chance.choice((person, CARL))
    state = chance.choice((_GUESSED.write(ClientState(about.mailbox, 1)), "guessed", "", None))
    body = chance.choice(
        (msgspec.json.encode({"value": [_item(about, state)]}), b"{", b'{"value": 3}', b"x" * 2_000_000)
    )
    path = chance.choice(("notifications", "lifecycle"))
    async with httpx.AsyncClient(transport=addresses) as client:
        try:
            answer = await client.post(f"{ORGCAL}/graph/{path}", content=body)
        except httpx.ReadError:
            return  # the process died of something else
    assert answer.status_code in {202, 400, 413}, f"a forgery is answered {answer.status_code}"


def _item(person: Person, state: str | None) -> dict[str, Any]:
    return {
        "subscriptionId": "11111111-0000-4000-8000-000000000000",
        "changeType": "updated",
        "resource": f"Users/{person.user_id}/Events/AAMk",
        "clientState": state,
        "tenantId": person.tenant,
    }
