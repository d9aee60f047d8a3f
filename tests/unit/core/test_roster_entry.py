from dataclasses import replace

from shared_code.core.product_user import Address, MatchRule, UserState
from shared_code.core.roster_entry import RosterEntry, entry_of, standings
from tests.unit.core.match_values import CONNECTION, EARLIER, NOW, OTHER, match, product_user


def test_a_connected_user_stands_with_the_account_that_matched_and_since_when() -> None:
    user = replace(
        product_user("ann", "Ann@Contoso.com", match=match(1), state=UserState.CONNECTED),
        connected_at=NOW,
        role="admin",
    )

    entry = entry_of(user)

    assert entry == RosterEntry(
        user.user,
        "Ann@Contoso.com",
        "ann@contoso.com",
        UserState.CONNECTED,
        None,
        CONNECTION,
        "admin",
        NOW,
        rule=MatchRule.MAIL,
    )


def test_whoever_is_not_connected_stands_since_the_last_change_of_their_state() -> None:
    user = replace(product_user(match=match(1), state=UserState.NO_MAILBOX), connected_at=NOW)

    assert entry_of(user).since == EARLIER


def test_the_first_verified_address_goes_before_one_that_is_not() -> None:
    addresses = (Address("old@contoso.com", verified=False), Address("Ann@Contoso.com", verified=True))
    verified = replace(product_user(), addresses=addresses)
    unverified = replace(product_user(), addresses=addresses[:1])
    without = replace(product_user(), addresses=())

    assert [entry_of(user).address for user in (verified, unverified, without)] == [
        "Ann@Contoso.com",
        "old@contoso.com",
        None,
    ]


def test_a_state_without_a_match_stands_on_the_word_of_whoever_judged() -> None:
    judged = replace(product_user(reason="no_directory_user"), judged_by=OTHER)

    entry = entry_of(judged)

    assert (entry.connection, entry.account) == (OTHER, None)


def test_people_are_counted_by_connection_state_and_reason() -> None:
    judged = replace(product_user("ann", reason="no_directory_user"), judged_by=OTHER)
    connected = product_user("bob", match=match(1), state=UserState.CONNECTED)

    counts = standings(map(entry_of, (judged, replace(judged, user=connected.user), connected)))

    assert counts == {
        (OTHER, UserState.NO_MATCH, "no_directory_user"): 2,
        (CONNECTION, UserState.CONNECTED, None): 1,
    }


def test_a_domain_is_named_only_where_it_is_the_reason() -> None:
    waiting = replace(product_user(state=UserState.DOMAIN_UNPROVEN), unproven_domain="contoso.com")

    assert entry_of(waiting).domain == "contoso.com"
    assert entry_of(replace(waiting, state=UserState.NO_MATCH)).domain is None
