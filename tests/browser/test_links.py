"""Activation links that lead nowhere: expired, revoked, replaced, used, tampered with."""

from datetime import timedelta

import pytest

from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant
from tests.browser.readers import Words, language, said, visitor
from tests.browser.visitor import Visitor

__all__ = ["language", "said", "visitor"]  # fixtures

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_an_expired_link_says_so(stack: Stack, visitor: Visitor, organization: Organization, said: Words) -> None:
    stack.advance(timedelta(days=7, minutes=1))

    response = await visitor.open(organization.link)

    assert (response.status, await visitor.heading()) == (410, said("This link has expired"))


async def test_a_revoked_link_says_so(visitor: Visitor, organization: Organization, said: Words) -> None:
    organization.revoke_link()

    response = await visitor.open(organization.link)

    assert (response.status, await visitor.heading()) == (410, said("This link was revoked"))


async def test_a_replaced_link_points_to_the_newer_one_which_works(
    visitor: Visitor, organization: Organization, said: Words
) -> None:
    newer = organization.reissue_link()

    response = await visitor.open(organization.link)
    told = await visitor.heading()

    assert (response.status, told) == (410, said("There is a newer link"))
    assert (await visitor.open(newer)).status == 200


async def test_a_used_link_says_so_to_whoever_opens_it_next(
    visitor: Visitor, new_visitor: NewVisitor, tenant: Tenant, organization: Organization, said: Words
) -> None:
    administrator = await new_visitor()
    await administrator.connect(organization.link, tenant.account())

    response = await visitor.open(organization.link)

    assert (response.status, await visitor.heading()) == (410, said("This link was used already"))


@pytest.mark.parametrize("place", [3, 40, -20], ids=["in its beginning", "in its middle", "in its signature"])
async def test_a_tampered_link_is_no_link(
    visitor: Visitor, organization: Organization, said: Words, place: int
) -> None:
    before, _, token = organization.link.partition("token=")
    other = "A" if token[place] != "A" else "B"
    tampered = token[:place] + other + token[place:][1:]

    response = await visitor.open(f"{before}token={tampered}")

    assert (response.status, await visitor.heading()) == (404, said("This is not a valid link"))


async def test_a_link_revoked_while_its_page_is_open_does_not_begin(
    visitor: Visitor, organization: Organization, said: Words
) -> None:
    await visitor.open(organization.link)
    organization.revoke_link()

    await visitor.click(said("Continue with Microsoft"))

    assert await visitor.heading() == said("This link was revoked")


async def test_a_link_revoked_before_the_confirmation_connects_nothing(
    visitor: Visitor, tenant: Tenant, organization: Organization, said: Words
) -> None:
    await visitor.consent(organization.link, tenant.account())
    organization.revoke_link()

    await visitor.click(said("Connect these calendars"))

    assert await visitor.heading() == said("This link was revoked")
    assert organization.connection["tenant"] is None
