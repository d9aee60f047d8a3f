"""What people meet who connect an account of their own and are stopped at Microsoft, for every reason there is."""

from dataclasses import replace
from typing import Final

from shared_code.core.administrator_links import AdministratorLinks
from shared_code.core.personal_refusals import CODES, PersonalRefusal
from shared_code.pages.frames import Frame
from shared_code.pages.personal_blocked import BlockedView, ConsentedView, render_blocked, render_consented

ORGANIZATION: Final = "Donaudampfschifffahrtsgesellschaft Beratung und Vertrieb GmbH"
CLIENT: Final = "0c9d8e7f-1a2b-4c3d-9e8f-7a6b5c4d3e2f"
CONSENT: Final = (
    f"https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id={CLIENT}"
    "&scope=https%3A%2F%2Fgraph.microsoft.com%2FUser.Read+https%3A%2F%2Fgraph.microsoft.com%2FCalendars.ReadWrite"
    "&redirect_uri=https%3A%2F%2Forgcal.example%2Fpersonal%2Fconsented&state=personal"
)
ACTIVATION: Final = f"https://orgcal.example/connect?token={'eyJvIjoiYWNtZSIsImMiOiI1am4y' * 9}"  # about as long


def blocked_pages(frame: Frame) -> dict[str, str]:
    """HTML by a name for each. ``frame``: of somebody who is signed in."""
    asked = blocked(PersonalRefusal.ADMIN_APPROVAL)
    return {
        **{f"blocked_{refusal}": render_blocked(frame, blocked(refusal)) for refusal in PersonalRefusal},
        "blocked_with_an_activation_link": render_blocked(
            frame, replace(asked, links=AdministratorLinks(ACTIVATION, CONSENT))
        ),
        "blocked_declined_with_an_activation_link": render_blocked(
            frame, replace(blocked(PersonalRefusal.DECLINED), links=AdministratorLinks(ACTIVATION, CONSENT))
        ),
        "blocked_declined_at_outlook_com": render_blocked(
            frame, replace(blocked(PersonalRefusal.DECLINED), code=None, is_consumer=True)
        ),
        "blocked_at_outlook_com": render_blocked(frame, replace(blocked(PersonalRefusal.OTHER), is_consumer=True)),
        "blocked_signed_out": render_blocked(replace(frame, signed_in=None), asked),
        "personal_consented": render_consented(replace(frame, signed_in=None), ConsentedView(is_given=True)),
        "personal_not_consented": render_consented(replace(frame, signed_in=None), ConsentedView(is_given=False)),
    }


def blocked(refusal: PersonalRefusal) -> BlockedView:
    return BlockedView(
        refusal,
        ORGANIZATION,
        CLIENT,
        AdministratorLinks(None, CONSENT),
        "/portal/me/connect",
        "ksihd3oi0fejp4o77dkjnov4xq",
        next(iter(CODES.get(refusal, ())), None),
    )
