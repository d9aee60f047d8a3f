import pytest

from shared_code.core.ids import ProductUserId
from shared_code.core.reasons import Reason
from shared_code.errors import Problem, Rejected
from shared_code.flows.explaining import Explaining
from tests.unit.core.match_values import CONNECTION, ORGANIZATION, oid, person, product_user
from tests.unit.flows.match_world import MatchWorld


async def test_an_ambiguous_user_is_explained_by_both_candidates_masked() -> None:
    world = MatchWorld()
    world.put(person(1, "ann@contoso.com", "a1@contoso.com"), person(2, "ann@contoso.com", "a2@contoso.com"))
    await world.begin(product_user("ann"))
    await world.run_full_sweep()

    found = await Explaining(world.organizations, world.users).run(ORGANIZATION, ProductUserId("ann"))

    assert found.reason == Reason.SEVERAL_DIRECTORY_USERS
    assert found.candidates == (f"a***@contoso.com ({oid(1)})", f"a***@contoso.com ({oid(2)})")
    assert found.connection == CONNECTION


async def test_a_user_who_is_not_there_is_a_problem() -> None:
    world = MatchWorld()
    await world.begin()

    with pytest.raises(Rejected) as refused:
        await Explaining(world.organizations, world.users).run(ORGANIZATION, ProductUserId("nobody"))

    assert refused.value.problem is Problem.USER_NOT_FOUND
