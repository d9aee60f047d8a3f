"""Outlook.com accounts: people of the one tenant that every Microsoft has, and what is in their calendars."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from local.demo.world import Busy, World

# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference (``tid``)
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
DOMAIN = "outlook.com"


@dataclass(frozen=True)
class Account:
    """Somebody's account at Microsoft, of Outlook.com or of an organisation, as its owner sees it."""

    world: World
    tenant: str
    object_id: str
    address: str

    def add_event(self, subject: str, start: datetime, end: datetime, **more: Any) -> str:
        """Into the default calendar; times are UTC. The id."""
        event = {"subject": subject, "start": _graph(start), "end": _graph(end), **more}
        return str(self.world.control("POST", f"{self._path}/calendars/default/events", event)["immutableId"])

    def delete_event(self, event: str) -> None:
        self.world.control("DELETE", f"{self._path}/events/{event}")

    def truth(self, zone: str = "Etc/UTC") -> Busy:
        """When its default calendar is busy, in all the time that can be asked for."""
        return self.world.truth(self.tenant, self.object_id, zone, *self.world.window)

    def end_sign_ins(self, happened: str = "revoked") -> None:
        """Every refresh token of the account, as CONTROL.md has it."""
        self.world.control("POST", f"{self._path}/sign-ins", {"happened": happened})

    def remove_app(self) -> None:
        """The person takes the app's permissions back."""
        self.world.control("DELETE", f"{self._path}/consents/{self.world.stack.addresses.personal_client_id}")

    @property
    def _path(self) -> str:
        return f"/tenants/{self.tenant}/people/{self.object_id}"


def put_outlook_account(world: World, name: str) -> Account:
    """An account of that name, with an empty calendar."""
    address, object_id = f"{name}@{DOMAIN}", outlook_id(name)
    told = {"userPrincipalName": address, "mail": address, "displayName": name.replace("-", " ").title()}
    world.control("PUT", f"/tenants/{CONSUMERS}/people/{object_id}", {"id": object_id, **told})
    return Account(world, CONSUMERS, object_id, address)


def outlook_id(name: str) -> str:
    """The account's object id, of which only the last sixteen digits count."""
    digits = uuid5(NAMESPACE_DNS, f"{name}@{DOMAIN}").hex[:16]
    return f"00000000-0000-0000-{digits[:4]}-{digits[4:]}"


def _graph(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
