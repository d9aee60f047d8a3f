"""What a step of the Microsoft administrator's way comes to."""

from dataclasses import dataclass

from shared_code.core.connection import Connection
from shared_code.core.consent import Refusal
from shared_code.core.organization import Organization
from shared_code.core.sign_in import SignIn


@dataclass(frozen=True)
class Invitation:
    """What the page behind the link says."""

    organization: Organization
    connection: Connection


@dataclass(frozen=True)
class Redirection:
    """Where the browser goes next, and the cookie it takes along (None: the one it has)."""

    url: str
    cookie: str | None = None


@dataclass(frozen=True)
class Refused:
    """The way ended early; the link still works."""

    refusal: Refusal
    connection: Connection
    sign_in: str  # reference to look up in the logs
    retry_url: str | None = None  # another sign-in, where that may help
    code: int | None = None  # Microsoft's AADSTS number, to pass on


@dataclass(frozen=True)
class Waiting:
    """How things stand for the browser that holds the cookie."""

    sign_in: SignIn
    organization: Organization
    connection: Connection
    users: int | None = None  # how many people the organisation has; counted for the confirmation only
    form_token: str = ""  # proves that a confirmation comes from this browser's own page
