"""The bodies of accounts that people connect themselves."""

from typing import Annotated

from msgspec import Meta

from functions.wire import AccountState, Body, Given, InstantGiven
from functions.wire_portal import Locale, ReturnAddress

LoginHint = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=320,
        pattern=r"^[^\x00-\x20\x7f-\xa0]+(?!\n)$",
        description="An address that Microsoft's sign-in page is filled in with.",
    ),
]


class PersonalConnectionBody(Body):
    login_hint: LoginHint | None = None
    return_to: ReturnAddress | None = None
    locale: Locale | None = None


class PersonalLinkGiven(Given):
    url: Annotated[str, Meta(description="Send the user's browser there. It opens once, and signs in that user only.")]
    expires_at: InstantGiven


class PersonalConnectionGiven(Given):
    connection: str
    state: AccountState
    reason: Annotated[str | None, Meta(description="Why it needs its owner, or is set aside.")]
    account: Annotated[
        str | None, Meta(description="Its address, if that is in a domain of the organization; else null.")
    ]
    connected_at: Annotated[InstantGiven, Meta(description="The first time.")]
    changed_at: InstantGiven


class PersonalConnectionsGiven(Given):
    personal_connections: list[PersonalConnectionGiven]
