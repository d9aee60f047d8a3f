"""What seals and fetches tokens in a deployment, by its settings."""

from base64 import b64encode

from shared_code.adapters.entra.tokens import TokenCache
from shared_code.adapters.key_vault import KeyVaultUnwrapping
from shared_code.adapters.token_keys import NotWrapped
from shared_code.bootstrap import App
from tests.fakes.composed_app import make_settings

PERSONAL = {
    "ORGCAL_PERSONAL_CLIENT_ID": "1b7c7e6c-1111-4222-8333-944444444444",
    "ORGCAL_PERSONAL_CLIENT_CERTIFICATE": "not read here",
    "ORGCAL_TOKEN_KEYS": f"2026a:{b64encode(bytes(32)).decode()}",
}
WRAPPED = {
    "ORGCAL_TOKEN_KEYS": f"2026a:0123abcd:{b64encode(bytes(384)).decode()}",
    "ORGCAL_TOKEN_KEY_VAULT_KEY": "https://kv-orgcal.vault.azure.net/keys/token-keys",
}


def test_without_a_second_registration_no_persons_token_is_asked_for() -> None:
    assert App(make_settings(ORGCAL_PERSONAL_CLIENT_ID=""))._delegated_tokens is None


def test_with_one_people_have_tokens_of_their_own() -> None:
    app = App(make_settings(**PERSONAL))

    assert isinstance(app._delegated_tokens, TokenCache)
    assert app._graph_tokens.delegated is app._delegated_tokens


def test_keys_are_unwrapped_by_the_vault_that_the_settings_name() -> None:
    plain, wrapped = App(make_settings(**PERSONAL)), App(make_settings(**PERSONAL | WRAPPED))

    assert isinstance(plain._token_unwrapping, NotWrapped)
    assert isinstance(wrapped._token_unwrapping, KeyVaultUnwrapping)
    assert wrapped._token_unwrapping.key == WRAPPED["ORGCAL_TOKEN_KEY_VAULT_KEY"]
