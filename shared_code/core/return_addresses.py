"""Where the signed-in pages may send somebody back to: the product's own origins, and nowhere else."""

from collections.abc import Sequence
from urllib.parse import quote, urlsplit, urlunsplit

from shared_code.core.ids import ConnectionId
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.core.personal_sign_in import PersonalOutcome


def is_allowed(address: str, origins: Sequence[str]) -> bool:
    """``origins`` as https://product.example or with a port. Scheme, host and port must be the same; what browsers
    read otherwise than we do (a backslash, a control character, a user in the address) is refused."""
    if not address.isascii() or not address.isprintable() or any(odd in address for odd in "\\ @"):
        return False
    try:
        split = urlsplit(address)
    except ValueError:
        return False
    return f"{split.scheme}://{split.netloc}".lower() in origins


def with_outcome(address: str, outcome: PersonalOutcome | PersonalRefusal, connection: ConnectionId | None) -> str:
    """The address with what came of connecting an account: ``personal_connection``, or ``personal_connection_error``
    with a stable word. The rest of it stays as the product wrote it."""
    is_connected = outcome is PersonalOutcome.CONNECTED and connection is not None
    told = f"personal_connection={quote(connection or '')}" if is_connected else f"personal_connection_error={outcome}"
    split = urlsplit(address)
    return urlunsplit(split._replace(query=f"{split.query}&{told}" if split.query else told))
