"""What stands around the content of every page."""

from dataclasses import dataclass

from shared_code.pages.brand import Brand
from shared_code.pages.said import Said


@dataclass(frozen=True)
class SignedIn:
    """Whoever is in the portal, and what their pages carry along."""

    organization: str
    person: str  # as they know themselves
    is_admin: bool  # and here as one
    form_token: str  # proves that a form is of this session
    return_to: str | None  # back to the product
    said: Said | None = None  # what came of the last act


@dataclass(frozen=True)
class Frame:
    brand: Brand
    locale: str = "en"  # as of ``languages.locale_of``
    zone: str = "UTC"  # IANA; times are shown in it
    signed_in: SignedIn | None = None
    return_to: str | None = None  # back to the product, for whoever is not signed in any more
