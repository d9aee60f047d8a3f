"""What one test has to itself in the running stack: an organisation of the product, and a Microsoft tenant."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from local.demo.people import administrator, person, verified
from local.demo.product import Product
from local.microsoft365.people import APPLICATION_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR
from local.stack import Stack


@dataclass(frozen=True)
class Tenant:
    """A Microsoft tenant with an administrator, a second one, one who may not grant this, and a member of staff."""

    stack: Stack
    id: str
    domain: str

    def account(self, name: str = "administrator") -> str:
        return f"{name}@{self.domain}"

    def rule(self, **rules: object) -> None:
        """Change how Microsoft behaves in this tenant: `TenantRules` of the stand-in."""
        self.control("PATCH", f"/tenants/{self.id}", rules)

    def grant(self) -> None:
        """The consent as if an administrator had given it elsewhere."""
        roles = {"roles": ["User.Read.All", "Calendars.ReadWrite"]}
        self.control("PUT", f"/tenants/{self.id}/consents/{self.stack.addresses.client_id}", roles)

    def leave(self) -> None:
        self.stack.control.delete(f"/tenants/{self.id}").raise_for_status()

    def control(self, method: str, path: str, body: object) -> None:
        self.stack.control.request(method, path, json=body).raise_for_status()


@dataclass(frozen=True)
class Organization:
    """An organisation of the product, and the connection that it has begun."""

    product: Product
    id: str
    name: str
    link: str = ""
    connection_id: str = ""

    @property
    def connection(self) -> dict[str, Any]:
        return self.product.connection(self.id, self.connection_id)

    @property
    def state(self) -> str:
        return str(self.connection["state"])

    @property
    def connections(self) -> list[dict[str, Any]]:
        return list(self.product.call("GET", f"/{self.id}/connections")["connections"])

    def state_of(self, user: str) -> str:
        return str(self.product.call("GET", f"/{self.id}/users/{user}")["state"])

    def leave(self) -> None:
        self.product.call("DELETE", f"/{self.id}")

    def portal_link(self, user: str, locale: str | None = "en", **more: str) -> str:
        """It signs the user in, once; without ``locale`` their browser names the language."""
        asked = {"user": user, "locale": locale, **more} if locale else {"user": user, **more}
        return str(self.product.call("POST", f"/{self.id}/portal-sessions", asked)["link"])

    def revoke_link(self) -> None:
        self.product.call("DELETE", f"/{self.id}/connections/{self.connection_id}/activation-link")

    def reissue_link(self) -> str:
        path = f"/{self.id}/connections/{self.connection_id}/activation-link"
        return str(self.product.call("POST", path)["activation_link"])


def new_tenant(stack: Stack) -> Tenant:
    identity = str(uuid4())
    tenant = Tenant(stack, identity, f"t{identity[:8]}.example")
    people = [
        administrator(tenant.domain),
        person(tenant.domain, "privileged", directory_roles=[PRIVILEGED_ROLE_ADMINISTRATOR]),
        person(tenant.domain, "application-administrator", directory_roles=[APPLICATION_ADMINISTRATOR]),
        person(tenant.domain, "member"),
    ]
    body = {"domain": tenant.domain, "display_name": f"Tenant {identity[:8]}", "people": people}
    tenant.control("PUT", f"/tenants/{identity}", body)
    return tenant


def unconnected_organization(product: Product, tenant: Tenant) -> Organization:
    """Its one user beside the owner has an address in the tenant."""
    identity = f"o{uuid4().hex[:8]}"
    name = f"Acme Consulting {identity}"
    product.put_organization(identity, name, [{"user": "member", "addresses": [verified(tenant.account("member"))]}])
    return Organization(product, identity, name)


def new_organization(product: Product, tenant: Tenant) -> Organization:
    organization = unconnected_organization(product, tenant)
    begun = product.begin_connection(organization.id)
    return replace(organization, link=begun["activation_link"], connection_id=begun["connection"])


def settle(stack: Stack, after: timedelta = timedelta(seconds=10)) -> None:
    """Let the clock run on by ``after``, and everything that is due then come to its end."""
    stack.advance(after)
    stack.wait_until_quiet(seconds=60)


def settle_until(stack: Stack, is_so: Callable[[], bool]) -> None:
    """Let the clock run on until it is so, for a minute at most: what one message orders, a later one carries out."""
    for _ in range(6):
        settle(stack)
        if is_so():
            return
    raise AssertionError("a minute was not enough")
