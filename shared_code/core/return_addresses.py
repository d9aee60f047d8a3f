"""Where the signed-in pages may send somebody back to: the product's own origins, and nowhere else."""

from collections.abc import Sequence
from urllib.parse import urlsplit


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
