"""Addresses as they are compared, checked and shown."""

import re
import unicodedata

LONGEST_ADDRESS = 320  # RFC 3696 erratum 1690: 64 for the local part, 1 for the @, 255 for the domain

_LOCAL_PART = re.compile(r"[^\s@\x00-\x1f\x7f]{1,64}")
_DOMAIN = re.compile(r"(?!-)[\w-]{1,63}(?:\.(?!-)[\w-]{1,63})+")


def normalise(address: str) -> str:
    """The form in which two spellings of one address are equal; normalising twice changes nothing."""
    if address.isascii():
        return address.strip().lower()
    composed = unicodedata.normalize("NFC", address.strip())
    return unicodedata.normalize("NFC", composed.lower())  # lower-casing can leave letters decomposed


def domain_of(address: str) -> str:
    """What follows the last ``@`` of a normalised address; empty if there is none."""
    return address.rpartition("@")[2] if "@" in address else ""


def is_address(text: str) -> bool:
    """Whether the text can be somebody's address: one ``@``, a local part, and a domain of at least two labels."""
    local_part, at, domain = normalise(text).rpartition("@")
    return (
        bool(at)
        and len(text) <= LONGEST_ADDRESS
        and _LOCAL_PART.fullmatch(local_part) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )


def mask(address: str) -> str:
    """``alice@contoso.com`` as ``a***@contoso.com``: enough to recognise, not enough to write to."""
    local_part, _, domain = address.rpartition("@")
    return f"{local_part[:1]}***@{domain}"
