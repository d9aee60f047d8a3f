"""The bodies of portal sessions."""

from typing import Annotated

from msgspec import Meta

from functions.wire import Body, Given, Id, InstantGiven
from shared_code.core.product_user import Role

Locale = Annotated[
    str,
    Meta(
        max_length=35,
        pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}(?!\n)$",
        description="BCP 47, such as `en` or `fr-CA`; without it the browser's languages count.",
    ),
]
ReturnAddress = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="Where the way back leads. Its origin must be one of `ORGCAL_RETURN_ORIGINS`.",
    ),
]


class PortalSessionBody(Body):
    user: Id
    role: Annotated[
        Role | None,
        Meta(description="The most that the session may do; the user's own role if not given, never more."),
    ] = None
    locale: Locale | None = None
    return_to: ReturnAddress | None = None


class PortalSessionGiven(Given):
    link: Annotated[str, Meta(description="Send the user's browser there. It opens once.")]
    expires_at: InstantGiven
