"""ID tokens that no verifier may accept, made on request of a test."""

from typing import Any, Literal

import jwt
import msgspec

from local.microsoft365.entra.signing_keys import SigningKeys


class Forgery(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is wrong with the ID tokens from now on: claims set or removed, another key, another algorithm.

    ``key``: ``personal`` is published for personal accounts only, ``unpublished`` under no name,
    ``impostor`` is not published but claims the current key's id.
    """

    claims: dict[str, Any] = msgspec.field(default_factory=dict)
    remove: tuple[str, ...] = ()
    key: Literal["current", "personal", "unpublished", "impostor"] = "current"
    algorithm: Literal["RS256", "HS256", "none"] = "RS256"


def forge(keys: SigningKeys, claims: dict[str, Any], forgery: Forgery) -> str:
    changed = {name: value for name, value in {**claims, **forgery.claims}.items() if name not in forgery.remove}
    key = {"current": keys.current, "personal": keys.personal}.get(forgery.key, keys.unpublished)
    header = {"kid": keys.current.kid if forgery.key == "impostor" else key.kid}
    if forgery.algorithm == "none":
        return jwt.encode(changed, "", "none", header)
    if forgery.algorithm == "HS256":
        return jwt.encode(changed, key.certificate, "HS256", header)
    return jwt.encode(changed, key.private_key, "RS256", header)
