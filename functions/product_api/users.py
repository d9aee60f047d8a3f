"""The product's users: told to us, listed, explained, removed."""

from collections.abc import Iterable

import msgspec

from functions import wire
from functions.calls import BULK_LIMIT, Call, decode
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import ORGANIZATION, USER, blueprint
from functions.queries import AFTER, LIMIT, one_of
from shared_code.core.addresses import is_address
from shared_code.core.ids import ProductUserId
from shared_code.core.product_user import Address, ProductUser, UserState
from shared_code.core.roster import SentUser
from shared_code.core.time_zones import zone_exists
from shared_code.errors import Problem, Rejected

MOST_USERS = 5000
READ = (Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND, Problem.USER_NOT_FOUND)
WRITE = (*READ, Problem.TIME_ZONE_UNKNOWN, Problem.ADDRESS_INVALID)


@operation(
    blueprint,
    Operation(
        "put_users",
        "POST",
        ORGANIZATION + "/users",
        "Create or change up to 5,000 users; all are validated before any is written",
        request=wire.UsersBody,
        ndjson=True,
        answers={200: wire.UserOutcomes},
        problems=(*WRITE, Problem.TOO_MANY_ITEMS, Problem.DUPLICATE_USER),
    ),
)
async def put_users(call: Call) -> Answer:
    sent = _all_sent(call)
    outcomes = await call.app.product_users.put_many(call.organization, sent, call.now)
    results = [wire.UserOutcome(user=user, outcome=outcome) for user, outcome in outcomes.items()]
    return Answer(wire.UserOutcomes(results=results))


@operation(
    blueprint,
    Operation(
        "list_users",
        "GET",
        ORGANIZATION + "/users",
        "Users with how their calendar stands",
        answers={200: wire.UsersGiven},
        query=(
            one_of("status", "Only users in this state; a page may then be short without being the last.", UserState),
            AFTER,
            LIMIT,
        ),
        problems=(*READ, Problem.INVALID_REQUEST),
    ),
)
async def list_users(call: Call) -> Answer:
    page = await call.app.product_users.page(call.organization, _status(call), call.text("after"), call.limit())
    return Answer(wire.UsersGiven(users=[user_given(user) for user in page.items], next=page.next))


@operation(
    blueprint,
    Operation(
        "put_user",
        "PUT",
        USER,
        "Create or change one user",
        request=wire.UserBody,
        answers={200: wire.UserGiven, 201: wire.UserGiven},
        problems=(*WRITE, Problem.ADDRESS_TAKEN),
    ),
)
async def put_user(call: Call) -> Answer:
    body = call.decode(wire.UserBody)
    sent = _sent(call.user, body)
    user, outcome = await call.app.product_users.put(call.organization, call.user, sent, call.now)
    return Answer(user_given(user), 201 if outcome == "created" else 200)


@operation(
    blueprint,
    Operation("get_user", "GET", USER, "One user", answers={200: wire.UserGiven}, problems=READ),
)
async def get_user(call: Call) -> Answer:
    await call.app.organizations.get(call.organization)
    return Answer(user_given(await call.app.product_users.get(call.organization, call.user)))


@operation(
    blueprint,
    Operation(
        "explain_user",
        "GET",
        USER + "/explain",
        "Why a user is in the state that is shown; addresses are masked",
        answers={200: wire.ExplanationGiven},
        problems=READ,
    ),
)
async def explain_user(call: Call) -> Answer:
    explanation = await call.app.explaining.run(call.organization, call.user)
    return Answer(msgspec.convert(explanation, wire.ExplanationGiven, from_attributes=True))


@operation(
    blueprint,
    Operation(
        "delete_user",
        "DELETE",
        USER,
        "Remove a user, and what was read of their calendars",
        answers={204: None},
        problems=(Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND, Problem.CHANGED_MEANWHILE),
    ),
)
async def delete_user(call: Call) -> Answer:
    await call.app.product_users.remove(call.organization, call.user, call.now)
    return Answer()


def _all_sent(call: Call) -> dict[ProductUserId, SentUser]:
    """Everybody in the body, validated; nobody is written if one of them is wrong."""
    users = list(_decoded(call))
    if len(users) > MOST_USERS:
        raise Rejected(Problem.TOO_MANY_ITEMS, f"{len(users)} users; at most {MOST_USERS} are taken at once.")
    sent: dict[ProductUserId, SentUser] = {}
    for user in users:
        key = ProductUserId(user.user)
        if key in sent:
            raise Rejected(Problem.DUPLICATE_USER, f"User {user.user} is in the body twice.")
        sent[key] = _sent(key, user)
    return sent


def _decoded(call: Call) -> Iterable[wire.NamedUserBody]:
    body = call.body(BULK_LIMIT)
    if "ndjson" not in call.request.headers.get("Content-Type", ""):
        return decode(body, wire.UsersBody).users
    return [
        decode(line, wire.NamedUserBody, f"Line {number}")
        for number, line in enumerate(body.splitlines(), start=1)
        if line.strip()
    ]


def _sent(user: ProductUserId, body: wire.UserBody) -> SentUser:
    if body.time_zone is not None and not zone_exists(body.time_zone):
        raise Rejected(Problem.TIME_ZONE_UNKNOWN, f"User {user}: {body.time_zone!r} is no IANA time zone.")
    for one in body.addresses:
        if not is_address(one.address):
            raise Rejected(Problem.ADDRESS_INVALID, f"User {user}: {one.address!r} is no mail address.")
    addresses = tuple(Address(one.address, one.verified) for one in body.addresses)
    return SentUser(addresses, body.role, body.time_zone, body.has_calendar)


def _status(call: Call) -> UserState | None:
    status = call.text("status")
    if status is None:
        return None
    try:
        return UserState(status)
    except ValueError:
        raise Rejected(Problem.INVALID_REQUEST, f"status is one of {', '.join(UserState)}.") from None


def user_given(user: ProductUser) -> wire.UserGiven:
    return wire.UserGiven(
        user=user.user,
        addresses=[wire.AddressBody(address=one.address, verified=one.verified) for one in user.addresses],
        time_zone=user.time_zone,
        role=user.role,
        has_calendar=user.has_calendar,
        state=user.state,
        reason=user.reason,
        connection=user.match.connection if user.match else None,
        connected_at=user.connected_at,
        changed_at=user.changed_at,
        personal_connections=[
            wire.OwnAccountGiven(
                connection=account.connection,
                state=account.state.value,
                reason=account.reason and account.reason.value,
            )
            for account in user.personal
        ],
    )
