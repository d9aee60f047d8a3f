"""The host's access keys: made at first start, kept with the host's state.

https://learn.microsoft.com/azure/azure-functions/function-keys-how-to
"""

import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, repr=False)
class Keys:
    function_key: str  # the host key "default": opens every function of level function
    admin_key: str  # the master key: opens everything

    def open(self, auth_level: str, presented: str) -> bool:
        if auth_level == "anonymous":
            return True
        accepted = [self.admin_key] if auth_level == "admin" else [self.function_key, self.admin_key]
        return any(hmac.compare_digest(key.encode(), presented.encode()) for key in accepted)


def load_keys(directory: Path) -> Keys:
    """The keys of ``directory``/keys.json, which the first start writes, readable by its owner only."""
    path = directory / "keys.json"
    if path.exists():
        return Keys(**json.loads(path.read_text()))
    keys = Keys(function_key=secrets.token_urlsafe(32), admin_key=secrets.token_urlsafe(32))
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(keys)))
    return keys
