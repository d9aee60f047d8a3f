from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared_code.core.candidates import Rank
from shared_code.core.directory import DirectoryUser
from shared_code.core.matching import Found, MatchIndex, NotFound, Verdict, judge_people, proven_domain
from shared_code.core.product_user import MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from tests.unit.core.match_values import CONNECTION, OTHER, TENANT, match, oid, person, product_user

ANN = "ann@contoso.com"


def verdict(user: ProductUser, *people: DirectoryUser, trusted: tuple[str, ...] = ("contoso.com",)) -> Verdict:
    return judge_people(user, people, CONNECTION, TENANT, trusted)


def reason(found: Verdict) -> str:
    assert isinstance(found, NotFound)
    return found.reason


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        (person(1, mail="ANN@Contoso.com"), MatchRule.MAIL),
        (person(1, "other@contoso.com", "Ann@contoso.com"), MatchRule.USER_PRINCIPAL_NAME),
        (person(1, None, None, "smtp:ann@contoso.com"), MatchRule.PROXY_ADDRESS),
        (person(1, None, None, "SMTP:Ann@contoso.com"), MatchRule.PROXY_ADDRESS),
        (person(1, ANN, ANN, f"SMTP:{ANN}"), MatchRule.MAIL),
        (person(1, ANN, enabled=None, user_type=None), MatchRule.MAIL),
    ],
)
def test_a_directory_user_is_found_by_what_it_shows(shown: DirectoryUser, rule: MatchRule) -> None:
    assert verdict(product_user(), shown) == Found(oid(1), rule, ANN)


@pytest.mark.parametrize("alias", ["sip:ann@contoso.com", "x500:ann@contoso.com", "ann@contoso.com", "smtp:"])
def test_only_smtp_proxy_addresses_count(alias: str) -> None:
    assert reason(verdict(product_user(), person(1, None, None, alias))) == Reason.NO_DIRECTORY_USER


def test_the_better_rule_wins() -> None:
    by_alias = person(1, None, None, f"smtp:{ANN}")
    by_name = person(2, None, ANN)
    by_mail = person(3, ANN)

    assert verdict(product_user(), by_alias, by_name) == Found(oid(2), MatchRule.USER_PRINCIPAL_NAME, ANN)
    assert verdict(product_user(), by_alias, by_name, by_mail) == Found(oid(3), MatchRule.MAIL, ANN)


def test_two_equally_good_directory_users_are_ambiguous_and_both_named_masked() -> None:
    found = verdict(product_user(), person(1, ANN), person(2, ANN))

    assert isinstance(found, NotFound)
    assert found.state is UserState.AMBIGUOUS
    assert found.candidates == (f"a***@contoso.com ({oid(1)})", f"a***@contoso.com ({oid(2)})")


def test_two_addresses_of_one_directory_user_are_not_ambiguous() -> None:
    user = product_user("ann", ANN, "anna@contoso.com")

    found = verdict(user, person(1, None, None, f"smtp:{ANN}", "smtp:anna@contoso.com"))

    assert isinstance(found, Found)


def test_unverified_addresses_match_nobody() -> None:
    user = product_user("ann", "else@contoso.com", unverified=(ANN,))

    assert reason(verdict(user, person(1, ANN))) == Reason.NO_DIRECTORY_USER
    assert reason(verdict(replace(user, addresses=user.addresses[1:]))) == Reason.NO_VERIFIED_ADDRESS


@pytest.mark.parametrize(
    "guest",
    [
        person(1, ANN, "ann_contoso.com#EXT#@fabrikam.onmicrosoft.com"),
        person(1, ANN, "ann_contoso.com#ext#@fabrikam.onmicrosoft.com", user_type=None),
        person(1, ANN, ANN, user_type="Guest"),
    ],
)
def test_guests_do_not_match(guest: DirectoryUser) -> None:
    assert reason(verdict(product_user(), guest)) == Reason.ONLY_GUEST


def test_a_disabled_account_does_not_match_and_gives_way_to_a_worse_answer() -> None:
    disabled = person(1, ANN, enabled=False)

    alone = verdict(product_user(), disabled)
    beside = verdict(product_user(), disabled, person(2, None, None, f"smtp:{ANN}"))

    assert alone == NotFound(UserState.DISABLED, Reason.ACCOUNT_DISABLED)
    assert isinstance(beside, Found)
    assert beside.user_id == oid(2)


@pytest.mark.parametrize("shown", [person(1, ANN, "x@evil.com"), person(1, None, "x@evil.com", f"smtp:{ANN}")])
def test_copied_addresses_of_an_unproven_domain_connect_nobody(shown: DirectoryUser) -> None:
    found = verdict(product_user(), shown, trusted=())

    assert found == NotFound(UserState.DOMAIN_UNPROVEN, Reason.DOMAIN_UNPROVEN, unproven_domain="contoso.com")


def test_a_user_principal_name_proves_its_own_domain_for_everybody() -> None:
    colleague = person(2, None, "bob@contoso.com")

    assert isinstance(
        verdict(product_user(), person(1, ANN, "ann@contoso.onmicrosoft.com"), colleague, trusted=()), Found
    )


@pytest.mark.parametrize(
    ("shown", "domain"),
    [
        (person(1, None, "Ann@Contoso.com"), "contoso.com"),
        (person(1, None, "ann_contoso.com#EXT#@fabrikam.onmicrosoft.com"), None),
        (person(1, None, "ann@contoso.com", user_type="Guest"), None),
        (person(1, "ann@contoso.com", None), None),
    ],
)
def test_only_members_prove_domains(shown: DirectoryUser, domain: str | None) -> None:
    assert proven_domain(shown) == domain


def test_a_pin_holds_when_the_directory_renames_and_somebody_else_gets_the_address() -> None:
    user = product_user(match=match(1), state=UserState.CONNECTED)

    found = verdict(user, person(1, "married@contoso.com", "married@contoso.com"), person(2, ANN, ANN))

    assert found == Found(oid(1), MatchRule.MAIL, ANN)


def test_a_pin_whose_object_is_gone_is_not_replaced_by_whoever_has_the_address_now() -> None:
    user = product_user(match=match(1), state=UserState.CONNECTED)

    assert reason(verdict(user, person(2, ANN, ANN))) == Reason.OBJECT_GONE


@pytest.mark.parametrize(
    "user",
    [
        product_user("ann", "new@contoso.com", match=match(1)),  # the product changed the address that matched
        product_user("ann", "new@contoso.com", match=match(1, connection=OTHER)),
    ],
)
def test_a_pin_is_dropped_with_its_address_and_is_its_own_connections_only(user: ProductUser) -> None:
    found = verdict(user, person(1, ANN), person(2, "new@contoso.com"))

    assert found == Found(oid(2), MatchRule.MAIL, "new@contoso.com")


def test_a_pinned_account_that_was_disabled_stays_this_one() -> None:
    user = product_user(match=match(1), state=UserState.CONNECTED)

    found = verdict(user, person(1, ANN, enabled=False), person(2, ANN))

    assert found == NotFound(UserState.DISABLED, Reason.ACCOUNT_DISABLED)


@pytest.mark.parametrize(
    "user",
    [
        product_user(has_calendar=True),
        product_user(state=UserState.OPTED_OUT),
        product_user(reason=Reason.OBJECT_GONE),
    ],
)
def test_nobody_is_looked_for_who_is_not_to_be_connected(user: ProductUser) -> None:
    index = MatchIndex(CONNECTION, TENANT)
    index.add(user)

    assert index.sight(person(1, ANN, ANN), ()) == []
    assert index.domains == set()


def test_who_answers_to_nobody_leaves_no_trace() -> None:
    index = MatchIndex(CONNECTION, TENANT)
    index.add(product_user())

    assert index.sight(person(1, "stranger@contoso.com", "stranger@contoso.com"), ()) == []


def test_a_worse_answer_is_kept_only_while_the_better_ones_domain_is_open() -> None:
    index = MatchIndex(CONNECTION, TENANT)
    index.add(product_user("ann", ANN, "ann@contoso.fr"))
    shown = person(1, "ann@contoso.fr", ANN, f"smtp:{ANN}")

    open_still = [sighting.rank for sighting in index.sight(shown, ())]
    proven = [sighting.rank for sighting in index.sight(shown, {"contoso.fr"})]

    assert open_still == [Rank.MAIL, Rank.USER_PRINCIPAL_NAME]
    assert proven == [Rank.MAIL]


spellings = st.sampled_from(["ann@contoso.com", "bob@contoso.com", "Ann@Contoso.com", "eve@evil.com", None])
crowd = st.lists(
    st.builds(
        DirectoryUser,
        st.integers(1, 6).map(oid),
        spellings,
        spellings,
        st.lists(st.sampled_from([f"smtp:{ANN}", "SMTP:bob@contoso.com", f"sip:{ANN}"]), max_size=2).map(tuple),
        st.sampled_from([True, False, None]),
        st.sampled_from(["Member", "Guest", None]),
    ),
    max_size=6,
    unique_by=lambda shown: shown.user_id,
)


@given(crowd, st.data())
def test_the_order_of_the_directory_does_not_matter(people: list[DirectoryUser], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(people))

    assert verdict(product_user(), *people) == verdict(product_user(), *shuffled)


@given(crowd)
def test_whoever_is_found_is_an_enabled_member_who_shows_a_verified_address(people: list[DirectoryUser]) -> None:
    found = verdict(product_user(), *people)
    assume(isinstance(found, Found))  # too few of them, and Hypothesis says so
    assert isinstance(found, Found)

    chosen = next(shown for shown in people if shown.user_id == found.user_id)

    assert chosen.account_enabled is not False
    assert chosen.user_type != "Guest"
    assert found.address == ANN
