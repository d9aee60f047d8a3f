"""Outlook.com accounts of the local world: people of the one tenant that every Microsoft has."""

from typing import Any
from uuid import NAMESPACE_DNS, uuid5

import httpx

# https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference (``tid``)
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
DOMAIN = "outlook.com"


def outlook_account(name: str) -> dict[str, Any]:
    """As the stand-in's control interface takes one: of its object id only the last sixteen digits count."""
    address = f"{name}@{DOMAIN}"
    digits = uuid5(NAMESPACE_DNS, address).hex[:16]
    return {
        "id": f"00000000-0000-0000-{digits[:4]}-{digits[4:]}",
        "userPrincipalName": address,
        "mail": address,
        "displayName": name.replace("-", " ").title(),
    }


def put_outlook_account(control: httpx.Client, name: str) -> str:
    """The object id; an account of that name begins anew."""
    account = outlook_account(name)
    control.put(f"/tenants/{CONSUMERS}/people/{account['id']}", json=account).raise_for_status()
    return str(account["id"])
