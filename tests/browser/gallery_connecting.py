"""Every page on the way to an account of one's own, and on the way out of it, with long names."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.personal_account import CONSUMERS
from shared_code.core.personal_sign_in import PersonalOutcome, PersonalSignIn
from shared_code.pages import personal as pages
from shared_code.pages.frames import Frame
from shared_code.pages.personal_texts import MESSAGES, OUTCOMES

ACCOUNT: Final = "alexandra.wolkenstein-trostburg.privat@outlook.example"
TENANT: Final = TenantId("c0a1e5ce-0000-4000-8000-00000000c001")
REFERENCE: Final = "personal-ksihd3oi0fejp4o77dkjnov4xq"
BACK: Final = "https://product.example/settings?personal_connection_error=cancelled"
_CONNECTION: Final = "5jn2hdanfcm46l3t4xf8lw8jcr"
_SIGN_IN: Final = PersonalSignIn(
    REFERENCE,
    OrganizationId("acme"),
    ProductUserId("alexandra"),
    None,
    "c0ffee",
    "confirming",
    datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
    tenant=CONSUMERS,
    user_id=UserId("00000000-0000-0000-1234-567890abcdef"),
    account=ACCOUNT,
    connection=ConnectionId(_CONNECTION),
)


def connecting_pages(frame: Frame) -> dict[str, str]:
    """HTML by a name for each. ``frame``: of somebody who is signed in."""
    return {
        "account_connect": pages.render_connect(frame, pages.ConnectView()),
        "account_connect_for_the_product": pages.render_connect(frame, pages.ConnectView(return_to=BACK)),
        "account_reconnect": pages.render_connect(frame, pages.ConnectView(ACCOUNT, _CONNECTION)),
        "account_confirm": pages.render_confirm(frame, _SIGN_IN),
        "account_confirm_of_an_organization": pages.render_confirm(frame, replace(_SIGN_IN, tenant=TENANT)),
        "account_confirmed_and_cut_off": pages.render_confirm(frame, replace(_SIGN_IN, step="connecting")),
        **{f"account_{each}": pages.render_outcome(frame, pages.OutcomeView(each, REFERENCE)) for each in OUTCOMES},
        "account_connected_and_shown": pages.render_outcome(
            frame, pages.OutcomeView(PersonalOutcome.CONNECTED, REFERENCE, connection=_CONNECTION)
        ),
        **{
            f"account_{each}_for_the_product": pages.render_outcome(frame, pages.OutcomeView(each, REFERENCE, BACK))
            for each in OUTCOMES
        },
        **{name: pages.render_message(frame, name, REFERENCE) for name in MESSAGES},
        "personal_signed_out": pages.render_message(replace(frame, signed_in=None), "personal_signed_out", REFERENCE),
        "account_disconnect": pages.render_disconnect(frame, ACCOUNT, _CONNECTION),
    }
