"""What was handed out can be listed, so that somebody can look whether it lies about."""

from tests.contract.personal import OUTLOOK, PersonalApp, redeeming
from tests.contract.test_entra_personal import app, proof

__all__ = ["app"]  # a fixture


async def test_codes_and_tokens_of_every_sign_in_are_listed(app: PersonalApp) -> None:
    code = await app.code(OUTLOOK)
    answer = (await app.redeem(proof(app), **redeeming(code))).json()

    secrets = await app.contoso.control("GET", "/secrets")

    assert secrets == {
        "codes": [code],
        "refresh_tokens": [answer["refresh_token"]],
        "personal_access_tokens": [answer["access_token"]],
    }
