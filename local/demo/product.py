"""The scheduling product: a client of Orgcal's API, as its engineers would write one."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

import httpx

from local.trust import TRUSTS_NOBODY

OWNER = "owner"
USERS_AT_ONCE = 50


class Product:
    def __init__(self, app_url: str, function_key: str) -> None:
        headers = {"x-functions-key": function_key, "Orgcal-Acting-User": OWNER}
        self._client = httpx.Client(
            base_url=f"{app_url}/v1/organizations", headers=headers, timeout=120, verify=TRUSTS_NOBODY
        )

    def close(self) -> None:
        self._client.close()

    def call(self, method: str, path: str, body: object = None, **params: str) -> Any:
        answer = self._client.request(method, path, json=body, params=params)
        if answer.is_error:
            raise AssertionError(f"{method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    def put_organization(self, organization: str, name: str, users: Sequence[dict[str, Any]]) -> None:
        """The organisation, its owner and its users."""
        self.call("PUT", f"/{organization}", {"name": name})
        everybody = [{"user": OWNER, "addresses": [], "role": "owner"}, *users]
        outcomes = self.call("POST", f"/{organization}/users", {"users": everybody})["results"]
        refused = [outcome for outcome in outcomes if outcome["outcome"] == "conflict"]
        if refused:
            raise AssertionError(f"users of {organization} met a conflict: {refused}")

    def begin_connection(self, organization: str) -> dict[str, Any]:
        connection: dict[str, Any] = self.call("POST", f"/{organization}/connections")
        return connection

    def connection(self, organization: str, connection: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/{organization}/connections/{connection}")
        return found

    def users(self, organization: str) -> Iterator[dict[str, Any]]:
        after = {"limit": "1000"}
        while True:
            page = self.call("GET", f"/{organization}/users", **after)
            yield from page["users"]
            if page["next"] is None:
                return
            after["after"] = page["next"]

    def availability(
        self,
        organization: str,
        users: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        live: bool = False,
        max_age: int | None = None,
    ) -> dict[str, dict[str, Any]]:
        """What is known of each user, by id; ``max_age`` is in seconds."""
        found: dict[str, dict[str, Any]] = {}
        window = {"start": start.isoformat(), "end": end.isoformat(), "live": live, "max_age": max_age}
        for group in batched(users, USERS_AT_ONCE, strict=False):
            answer = self.call("POST", f"/{organization}/availability", {"users": list(group), **window})
            found |= {user["user"]: user for user in answer["users"]}
        return found
