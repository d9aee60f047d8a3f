"""Where the demo's product is told what has happened: over HTTPS, on this machine."""

import secrets
from base64 import b64encode
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from standardwebhooks.webhooks import Webhook

from examples.scheduling_product import Inbox, listening
from local.core_tools import free_port


def new_secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode("ascii")


@dataclass(frozen=True)
class Endpoint:
    """Known before the stack starts, since the app has it as settings; somebody listens only after that."""

    port: int = field(default_factory=free_port)
    secret: str = field(default_factory=new_secret)

    @property
    def settings(self) -> dict[str, str]:
        """The app's."""
        return {"ORGCAL_EVENTS_URL": f"https://127.0.0.1:{self.port}/orgcal", "ORGCAL_EVENTS_SECRETS": self.secret}

    def inbox(self) -> Inbox:
        return Inbox(Webhook(self.secret).verify)

    def listening(self, inbox: Inbox, directory: Path) -> AbstractContextManager[None]:
        """With the certificate of the stack in this directory, which the app trusts."""
        return listening(inbox, self.port, directory / "localhost.pem")
