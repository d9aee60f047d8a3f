"""Outlook accounts that people connect themselves: begun, listed, disconnected."""

from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import USER, blueprint
from functions.product_api.users import READ
from functions.wire_personal import (
    PersonalConnectionBody,
    PersonalConnectionGiven,
    PersonalConnectionsGiven,
    PersonalLinkGiven,
)
from shared_code.core.personal_shown import ListedAccount
from shared_code.core.portal_session import AskedSession
from shared_code.errors import Problem

ACCOUNTS = USER + "/personal-connections"


@operation(
    blueprint,
    Operation(
        "begin_personal_connection",
        "POST",
        ACCOUNTS,
        "A link on which one user connects an Outlook account of their own, once, within five minutes",
        request=PersonalConnectionBody,
        has_optional_body=True,
        answers={201: PersonalLinkGiven},
        problems=(
            *READ,
            Problem.POLICY_FORBIDS,
            Problem.PERSONAL_CONNECTIONS_OFF,
            Problem.RETURN_ADDRESS_REFUSED,
        ),
    ),
)
async def begin_personal_connection(call: Call) -> Answer:
    body = call.decode(PersonalConnectionBody) if call.body() else PersonalConnectionBody()
    asked = AskedSession(call.user, "user", body.locale, body.return_to, "connect", body.login_hint)
    issued = await call.app.personal_accounts.begin(call.organization, asked, call.now)
    return Answer(PersonalLinkGiven(url=issued.link, expires_at=issued.expires_at), 201)


@operation(
    blueprint,
    Operation(
        "list_personal_connections",
        "GET",
        ACCOUNTS,
        "The Outlook accounts that a user has connected themself, the oldest first",
        answers={200: PersonalConnectionsGiven},
        problems=READ,
    ),
)
async def list_personal_connections(call: Call) -> Answer:
    shown = await call.app.personal_accounts.list(call.organization, call.user)
    return Answer(PersonalConnectionsGiven(personal_connections=[_given(each) for each in shown]))


@operation(
    blueprint,
    Operation(
        "delete_personal_connection",
        "DELETE",
        ACCOUNTS + "/{connection}",
        "Disconnect an account, as its user or as an owner or admin; its token and what was read are forgotten",
        answers={204: None},
        acting=True,
        problems=(*READ, Problem.ROLE_REQUIRED, Problem.CHANGED_MEANWHILE),
    ),
)
async def delete_personal_connection(call: Call) -> Answer:
    await call.app.personal_leaving.disconnect(call.organization, call.user, call.connection, call.by, call.now)
    return Answer()


def _given(shown: ListedAccount) -> PersonalConnectionGiven:
    account = shown.account
    return PersonalConnectionGiven(
        connection=account.connection,
        state=account.state.value,
        reason=account.reason and account.reason.value,
        account=shown.address,
        connected_at=account.connected_at,
        changed_at=account.changed_at,
    )
