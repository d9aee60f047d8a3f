"""Pages under a product's logo, which may be a wide one."""

from dataclasses import replace
from typing import Final

from shared_code.core.policy import Policy
from shared_code.pages import door, policy
from shared_code.pages.brand import Brand, Logo
from shared_code.pages.frames import Frame

_WIDE: Final = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="40" viewBox="0 0 700 40">'
    b'<rect width="40" height="40" rx="8" fill="#7a1fa2"/><rect x="56" y="12" width="644" height="16" fill="#7a1fa2"/>'
    b"</svg>"
)
WITH_LOGO: Final = Brand("Example Scheduling", Logo("image/svg+xml", _WIDE), "#7a1fa2")


def logo_pages(anybody: Frame, signed_in: Frame, view: door.DoorView) -> dict[str, str]:
    """HTML by a name for each: one for anybody, and one with the ways between the pages beside it."""
    return {
        "logo_anybody": door.render_door(replace(anybody, brand=WITH_LOGO), view),
        "logo_signed_in": policy.render_policy(
            replace(signed_in, brand=WITH_LOGO), policy.PolicyView(Policy(), offers_accounts=True)
        ),
    }
