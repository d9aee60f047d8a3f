"""Parts of row keys."""

import hashlib


def hash_of(text: str) -> str:
    """40 hexadecimal digits that stand for a text which could not be a key itself."""
    return hashlib.sha256(text.encode()).hexdigest()[:40]
