"""A small tenant for ``make serve``, so that the first calls have something to find."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx

TENANT = "5f0c1f3e-8a64-4c57-9a1b-2d7f0f6f1c11"
DOMAIN = "contoso.example"
ADMINISTRATOR = f"adele@{DOMAIN}"
# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
_GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
_IDS = {
    "adele": "0a3f2c9e-51f0-4a6d-8f5e-6d1f6f1f0a01",
    "megan": "0a3f2c9e-51f0-4a6d-8f5e-6d1f6f1f0a02",
    "grady": "0a3f2c9e-51f0-4a6d-8f5e-6d1f6f1f0a03",
}
_BUSY_HOURS = ((9, 10, "busy"), (11, 12, "tentative"), (14, 16, "busy"))  # UTC, of tomorrow


def plant_example_tenant(control: httpx.Client, now: datetime) -> None:
    """Contoso with an administrator and two more people; ``control`` is the stand-in's control interface."""
    tenant = {"domain": DOMAIN, "display_name": "Contoso", "default_time_zone": "UTC", "people": list(_people())}
    control.put(f"/tenants/{TENANT}", json=tenant).raise_for_status()
    for name in ("megan", "grady"):
        for event in _events(now + timedelta(days=1)):
            control.post(
                f"/tenants/{TENANT}/people/{_IDS[name]}/calendars/default/events", json=event
            ).raise_for_status()


def _people() -> Iterator[dict[str, object]]:
    for name, object_id in _IDS.items():
        address = f"{name}@{DOMAIN}"
        roles = [_GLOBAL_ADMINISTRATOR] if address == ADMINISTRATOR else []
        yield {
            "id": object_id,
            "userPrincipalName": address,
            "mail": address,
            "displayName": name.capitalize(),
            "directory_roles": roles,
        }


def _events(day: datetime) -> Iterator[dict[str, object]]:
    for first, last, show_as in _BUSY_HOURS:
        yield {
            "subject": f"An example, {show_as}",
            "start": {"dateTime": f"{day:%Y-%m-%d}T{first:02}:00:00", "timeZone": "UTC"},
            "end": {"dateTime": f"{day:%Y-%m-%d}T{last:02}:00:00", "timeZone": "UTC"},
            "showAs": show_as,
        }
