from dataclasses import replace

from shared_code.core.people import PeopleQuery, SortBy
from shared_code.core.product_user import UserState
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.unit.core.match_values import ORGANIZATION, match, product_user


async def _filled() -> ComposedApp:
    app = ComposedApp()
    people = [product_user(f"u{number:03}") for number in range(120)]
    people[7] = replace(people[7], match=match(1, "u007@contoso.com"), state=UserState.CONNECTED)
    assert await app._users.save([UserChange(None, user) for user in people]) == ()
    app.rows.operations.clear()
    return app


async def test_a_page_costs_one_query_however_many_people_there_are() -> None:
    app = await _filled()

    page = await app.people.page(ORGANIZATION, PeopleQuery("u00", sort=SortBy.STATE, page=1), size=4)

    assert [entry.user for entry in page.rows] == ["u007", "u000", "u001", "u002"]
    assert (page.total, page.pages, page.counts) == (10, 3, {UserState.CONNECTED: 1, UserState.NO_MATCH: 9})
    assert app.rows.count() == app.rows.count("page") == 1


async def test_an_export_holds_everybody_in_the_order_of_their_ids() -> None:
    app = await _filled()

    exported = await app.people.export(ORGANIZATION)

    assert [entry.user for entry in exported] == [f"u{number:03}" for number in range(120)]
    assert app.rows.count() == 1
