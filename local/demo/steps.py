"""The story, step by step. Each step says what it saw and notes every difference from what must be."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from local.demo.blocked import blocked_mailboxes, blocked_then_allowed
from local.demo.browsing import admin_connects_in_browser, browsed_mailboxes, user_settings_in_browser
from local.demo.consent_life import consent_withdrawn_and_back
from local.demo.following import change_followed, change_followed_without_notifications
from local.demo.meetings import booking, cut_and_paste_kept, host_deletes, invitee_declines, webhooks_verified
from local.demo.people import administrator, person, verified
from local.demo.personal import own_mailboxes, personal_account
from local.demo.sharing import two_organisations_one_mailbox
from local.demo.stored import keys
from local.demo.world import (
    ATTACKER,
    ATTACKER_DOMAIN,
    CONTOSO,
    CONTOSO_DOMAIN,
    FABRIKAM,
    FABRIKAM_DOMAIN,
    World,
    add_person,
    put_tenant,
    read_busy,
    seed_mailboxes,
)

ACME = "acme"
QUARTER = timedelta(minutes=15)
AFTER_STALE = timedelta(hours=6, minutes=31)

type Step = Callable[[World], str]


def connect(world: World) -> str:
    """The owner asks for a link; Contoso's administrator consents, proves, confirms."""
    world.product.put_organization(ACME, "Acme Consulting", [someone.sent for someone in world.someones])
    begun = world.product.begin_connection(ACME)
    world.connection = begun["connection"]
    page = world.administrator(CONTOSO_DOMAIN).connect(begun["activation_link"])
    world.expect(page.title, "Checking the permissions", "the page after the confirmation")
    world.settle()
    connection = world.product.connection(ACME, world.connection)
    world.expect((connection["state"], connection["tenant"]), ("active", CONTOSO), "the connection")
    return f"Acme's link opened, consented and confirmed by {connection['activated_by']}; the connection is active"


def match(world: World) -> str:
    """Everybody got the state that their directory entry deserves."""
    states = world.settle_first_reads(ACME)
    for someone in world.someones:
        world.expect(states.get(someone.user), someone.expected, f"state of {someone.user}")
    known = {user["user"]: user for user in world.product.users(ACME)}
    counts = Counter(_state_and_reason(known[someone.user]) for someone in world.someones)
    told = "".join(f"\n      {count:4} {why}" for why, count in counts.most_common())
    return f"{len(world.someones)} users against 1,000 directory users:{told}"


def availability_equals_truth(world: World) -> str:
    """Every connected user, the whole window, compared with what the mailboxes hold."""
    start, end = world.window
    connected = [someone for someone in world.someones if someone.expected == "connected"]
    answers = world.product.availability(ACME, [someone.user for someone in connected], start, end)
    intervals = 0
    for someone in connected:
        answer = answers[someone.user]
        truth = world.truth(CONTOSO, someone.object_id, someone.zone, start, end)
        world.expect(answer["complete"], True, f"{someone.user} complete")
        world.expect(read_busy(answer["busy"]), truth, f"busy times of {someone.user}")
        intervals += len(truth)
    return f"{len(connected)} users, {start:%-d %B} to {end:%-d %B %Y}, {intervals:,} busy intervals: the same"


def forged_tenant_refused(world: World) -> str:
    """Mallory forges a callback that names Contoso, which has consented long ago, and signs in as whom he can be."""
    world.product.put_organization("mallory", "Mallory Inc.", [])
    begun = world.product.begin_connection("mallory")
    mallory = world.person(f"stranger-0000@{CONTOSO_DOMAIN}")  # an ordinary account in Contoso, at best
    consent_page = mallory.submit(mallory.open(begun["activation_link"]))
    state = consent_page.url.partition("state=")[2].partition("&")[0]
    app = world.stack.addresses.app_url
    page = mallory.open(f"{app}/consent/callback?admin_consent=True&tenant={CONTOSO}&scope=x&state={state}")
    refused = mallory.sign_in(page)
    world.expect(refused.title, "This account is not an administrator who may connect", "the page Mallory sees")
    without_state = world.person("nobody").open(f"{app}/consent/callback?admin_consent=True&tenant={CONTOSO}")
    world.expect(without_state.status, 400, "a callback without a state")
    connection = world.product.connection("mallory", begun["connection"])
    world.expect((connection["state"], connection["tenant"]), ("pending", None), "Mallory's connection")
    return f"“{refused.title}”; Mallory's connection is {connection['state']} and bound to no tenant"


def foreign_tenant_connects_nobody(world: World) -> str:
    """An attacker got hold of Acme's link, and has a tenant of his own whose people claim Acme's addresses."""
    before = world.states(ACME)
    copies = [
        person(ATTACKER_DOMAIN, f"copy-{number}", mail=someone.addresses[0]["address"].lower())
        for number, someone in enumerate(world.someones[:50])
    ]
    absent = person(ATTACKER_DOMAIN, "copy-absent", mail=f"absent-0@{CONTOSO_DOMAIN}")
    put_tenant(world, ATTACKER, ATTACKER_DOMAIN, [administrator(ATTACKER_DOMAIN), absent, *copies])
    begun = world.product.begin_connection(ACME)
    world.administrator(ATTACKER_DOMAIN).connect(begun["activation_link"])
    world.settle()
    connection = world.product.connection(ACME, begun["connection"])
    world.expect(connection["state"], "review", "a tenant that proves none of the users' domains")
    after = world.states(ACME)
    world.expect(_connected(after), _connected(before), "who is connected")
    world.expect(_calendar_requests(world, ATTACKER), 0, "calendar requests in the attacker's tenant")
    world.product.call("DELETE", f"/{ACME}/connections/{begun['connection']}", purge="true")
    world.settle()
    return f"51 copied addresses, nobody connected; the connection waited in {connection['state']} and was removed"


def consent_declined(world: World) -> str:
    """The administrator of Fabrikam says no first; the link goes on working."""
    team = [person(FABRIKAM_DOMAIN, f"member-{number}") for number in range(5)]
    put_tenant(world, FABRIKAM, FABRIKAM_DOMAIN, [administrator(FABRIKAM_DOMAIN), *team])
    seed_mailboxes(world, FABRIKAM, [who["id"] for who in team])
    begun = world.product.begin_connection(ACME)
    somebody = world.administrator(FABRIKAM_DOMAIN)
    page = somebody.submit(somebody.open(begun["activation_link"]))
    page = somebody.submit(page, "sign-in", account=somebody.account)
    declined = somebody.submit(page, "cancel")
    world.expect(declined.title, "You declined", "the page after declining")
    connection = world.product.connection(ACME, begun["connection"])
    world.expect(connection["state"], "pending", "the connection after declining")
    world.expect(connection["activation_link"], begun["activation_link"], "the link after declining")
    return f"“{declined.title}”; the link still works"


def late_user(world: World) -> str:
    """Two people come late: one to the product, who is found at once, one to the directory, found by the sweep."""
    in_directory = add_person(world, CONTOSO, CONTOSO_DOMAIN, "late-product")
    body = {"addresses": [verified(f"late-product@{CONTOSO_DOMAIN}")]}
    world.product.call("PUT", f"/{ACME}/users/late-product", body)
    world.settle()
    world.expect(world.states(ACME)["late-product"], "connected", "the user who came late to the product")
    add_person(world, CONTOSO, CONTOSO_DOMAIN, "absent-1")
    world.settle(QUARTER)
    world.settle(QUARTER)
    world.expect(world.states(ACME)["absent-1"], "connected", "the user who came late to the directory")
    return f"one connected by look-up at once ({in_directory[:8]}…), one by the sweep a quarter of an hour later"


def second_tenant(world: World) -> str:
    """Fabrikam joins the same organisation: a tenant of its own, matched beside Contoso."""
    sent = [
        {"user": f"member-{number}", "addresses": [verified(f"member-{number}@{FABRIKAM_DOMAIN}")]}
        for number in range(5)
    ]
    world.product.call("POST", f"/{ACME}/users", {"users": sent})
    pending = next(
        one for one in world.product.call("GET", f"/{ACME}/connections")["connections"] if one["state"] == "pending"
    )
    world.administrator(FABRIKAM_DOMAIN).connect(pending["activation_link"])
    world.settle()
    world.settle()
    states = world.states(ACME)
    for user in sent:
        world.expect(states[str(user["user"])], "connected", f"state of {user['user']}")
    start, end = world.window
    answer = world.product.availability(ACME, ["member-0"], start, end)["member-0"]
    truth = world.truth(FABRIKAM, person(FABRIKAM_DOMAIN, "member-0")["id"], "Etc/UTC", start, end)
    world.expect(read_busy(answer["busy"]), truth, "busy times of member-0")
    return f"5 users of Fabrikam connected beside {_connected(states) - 5} of Contoso"


def read_fails_closed(world: World) -> str:
    """A calendar that cannot be read is never shown as free: not live, not from the store once that is old."""
    someone = next(each for each in world.someones if each.expected == "connected")
    fault = {
        "match": {"kind": "calendar_view", "tenant": CONTOSO, "user": someone.object_id},
        "answer": {"status": 503, "code": "ServiceUnavailable"},
    }
    world.control("POST", "/faults", fault)
    start, end = world.window
    live = world.product.availability(ACME, [someone.user], start, end, live=True)[someone.user]
    world.expect(live["complete"], False, "a live answer while Graph fails")
    world.settle(AFTER_STALE)
    stored = world.product.availability(ACME, [someone.user], *world.window)[someone.user]
    world.expect(stored["complete"], False, "a stored answer after six and a half hours without a read")
    world.control("DELETE", "/faults")
    world.settle(QUARTER)
    world.settle(QUARTER)
    mended = world.product.availability(ACME, [someone.user], *world.window)[someone.user]
    world.expect(mended["complete"], True, "the answer after Graph recovered")
    return f"live: {live['reason']}, stored: {stored['reason']}; complete again after Graph recovered"


def disconnect_leaves_nothing(world: World) -> str:
    """Contoso is disconnected: nothing of its mailboxes stays, and Microsoft is not asked again."""
    world.product.call("DELETE", f"/{ACME}/connections/{world.connection}")
    someone = next(each for each in world.someones if each.expected == "connected")
    at_once = world.product.availability(ACME, [someone.user], *world.window)[someone.user]
    world.expect(at_once["reason"], "not_connected", "availability right after the call")
    world.settle()
    world.settle()
    world.expect(world.product.connection(ACME, world.connection)["state"], "disconnected", "the connection")
    left = [row for box, row in keys(world.stack.storage_connection_string, "mailboxes") if CONTOSO in box]
    # What the product booked is the product's: it would book a second time if it were forgotten.
    world.expect([row for row in left if "!booking!" not in row], [], "rows of Contoso's mailboxes")
    asked = _calendar_requests(world, CONTOSO)
    world.settle(timedelta(hours=1))
    world.expect(_calendar_requests(world, CONTOSO), asked, "calendar requests in the hour after")
    return f"not connected at once; nothing but {len(left)} bookings is left, no further request in the hour after"


def nobody_else_was_touched(world: World) -> None:
    """Over the whole story: not one calendar request for a directory user who is no matched user of the product."""
    matched = {someone.object_id for someone in world.someones if someone.expected in _MATCHED}
    matched |= {person(CONTOSO_DOMAIN, name)["id"] for name in ("late-product", "absent-1", "myself")}
    matched |= {person(FABRIKAM_DOMAIN, f"member-{number}")["id"] for number in range(5)}
    matched |= browsed_mailboxes() | own_mailboxes(world) | blocked_mailboxes()
    asked = {request["user"] for request in _requests(world) if request["kind"] in _CALENDAR_KINDS}
    world.expect(sorted(asked - matched), [], "directory users whose calendars were asked for without a match")


STEPS: tuple[Step, ...] = (
    connect,
    match,
    availability_equals_truth,
    change_followed,
    change_followed_without_notifications,
    forged_tenant_refused,
    foreign_tenant_connects_nobody,
    consent_declined,
    late_user,
    second_tenant,
    two_organisations_one_mailbox,
    booking,
    host_deletes,
    cut_and_paste_kept,
    invitee_declines,
    webhooks_verified,
    admin_connects_in_browser,
    user_settings_in_browser,
    personal_account,
    blocked_then_allowed,
    read_fails_closed,
    consent_withdrawn_and_back,
    disconnect_leaves_nothing,
)

_MATCHED = {"connected", "no_mailbox", "excluded_by_policy"}
_CALENDAR_KINDS = {"calendars", "calendar", "calendar_view", "event", "events", "get_schedule"}


def _state_and_reason(user: dict[str, str]) -> str:
    return user["state"] if user["state"] == "connected" else f"{user['state']} ({user['reason']})"


def _connected(states: dict[str, str]) -> int:
    return sum(state == "connected" for state in states.values())


def _requests(world: World) -> list[dict[str, str]]:
    found: list[dict[str, str]] = world.control("GET", "/requests")["requests"]
    return found


def _calendar_requests(world: World, tenant: str) -> int:
    return sum(request["tenant"] == tenant and request["kind"] in _CALENDAR_KINDS for request in _requests(world))
