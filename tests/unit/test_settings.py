"""Settings are read once, and every fault is said at once."""

from base64 import b64encode

import pytest

from shared_code.core.secret import Secret
from shared_code.settings import CLOUDS, SettingsError, read_settings

EVENTS_SECRET = "whsec_" + b64encode(b"32 bytes that nobody guesses ever").decode()
GOOD = {
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "ORGCAL_BASE_URL": "https://orgcal.example/",
    "ORGCAL_PRODUCT_NAME": "Meetwell",
    "ORGCAL_CLIENT_ID": "0b7c7e6c-1111-4222-8333-944444444444",
    "ORGCAL_CLIENT_CERTIFICATE": "-----BEGIN PRIVATE KEY-----",
    "ORGCAL_SIGNING_KEYS": "old-key-of-at-least-32-characters-, new-key-of-at-least-32-characters-",
}
TOKEN_KEY = b64encode(bytes(32)).decode()
WRAPPED_KEY = b64encode(bytes(384)).decode()
VAULT_KEY = "https://kv-orgcal.vault.azure.net/keys/token-keys"
PERSONAL = GOOD | {
    "ORGCAL_PERSONAL_CLIENT_ID": "personal",
    "ORGCAL_PERSONAL_CLIENT_CERTIFICATE": "-----BEGIN",
    "ORGCAL_TOKEN_KEYS": f"2026a:{TOKEN_KEY}",
}


def test_sensible_defaults_need_no_setting() -> None:
    settings = read_settings(GOOD)

    assert settings.base_url == "https://orgcal.example"
    assert settings.endpoints == CLOUDS["global"]
    assert (settings.link_days, settings.window_days) == (7, 90)


def test_keys_keep_their_order_since_the_last_one_signs() -> None:
    keys = read_settings(GOOD).signing_keys

    assert [key.reveal()[:3] for key in keys] == ["old", "new"]


def test_origins_to_return_to_are_compared_as_browsers_compare_them() -> None:
    origins = read_settings(GOOD | {"ORGCAL_RETURN_ORIGINS": "https://App.Example/, http://localhost:3000"})

    assert origins.return_origins == ("https://app.example", "http://localhost:3000")


def test_a_logo_is_decoded_and_a_colour_is_in_lower_case() -> None:
    settings = read_settings(GOOD | {"ORGCAL_LOGO": "data:image/png;base64,aGk=", "ORGCAL_COLOR": "#FFAA00"})

    assert settings.logo == ("image/png", b"hi")
    assert settings.color == "#ffaa00"


@pytest.mark.parametrize(
    "logo",
    [
        "https://product.example/logo.png",
        "data:image/gif;base64,aGk=",
        "data:image/png;base64,a",
        f"data:image/png;base64,{b64encode(bytes(16 * 1024 + 1)).decode()}",
    ],
)
def test_a_logo_that_pages_could_not_show_is_refused(logo: str) -> None:
    with pytest.raises(SettingsError, match="ORGCAL_LOGO"):
        read_settings(GOOD | {"ORGCAL_LOGO": logo})


@pytest.mark.parametrize("color", ["red", "#fff", "#1d5bbg", "1d5bbf"])
def test_a_colour_that_is_none_is_refused(color: str) -> None:
    with pytest.raises(SettingsError, match="ORGCAL_COLOR"):
        read_settings(GOOD | {"ORGCAL_COLOR": color})


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"ORGCAL_BASE_URL": "http://x", "ORGCAL_LINK_DAYS": "31", "ORGCAL_CLOUD": "moon"})

    said = str(caught.value)
    for name in (
        "AzureWebJobsStorage",
        "ORGCAL_BASE_URL",
        "ORGCAL_PRODUCT_NAME",
        "ORGCAL_CLOUD",
        "ORGCAL_CLIENT_ID",
        "ORGCAL_CLIENT_CERTIFICATE",
        "ORGCAL_SIGNING_KEYS",
        "ORGCAL_LINK_DAYS",
    ):
        assert name in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORGCAL_LINK_DAYS", "0"),
        ("ORGCAL_LINK_DAYS", "a week"),
        ("ORGCAL_WINDOW_DAYS", "366"),
        ("ORGCAL_SIGNING_KEYS", "short"),
        ("ORGCAL_SIGNING_KEYS", " , "),
        ("ORGCAL_GRAPH_URL", "http://graph.example"),
        ("ORGCAL_AUTHORITY_URL", "login.example"),
        ("ORGCAL_RETURN_ORIGINS", "http://product.example"),
        ("ORGCAL_RETURN_ORIGINS", "https://product.example/settings"),
        ("ORGCAL_RETURN_ORIGINS", "https://someone@product.example"),
        ("ORGCAL_RETURN_ORIGINS", "https://"),
        ("ORGCAL_EVENTS_URL", "http://product.example/hooks"),
        ("ORGCAL_EVENTS_URL", "product.example/hooks"),
        ("ORGCAL_EVENTS_URL", "https:///hooks"),
        ("ORGCAL_EVENTS_URL", "https://name:word@product.example/hooks"),
        ("ORGCAL_EVENTS_URL", "https://[product/hooks"),
        ("ORGCAL_EVENTS_SECRETS", "whsec_c2hvcnQ="),
        ("ORGCAL_EVENTS_SECRETS", f"{EVENTS_SECRET},nonsense"),
        ("ORGCAL_EVENTS_SECRETS", EVENTS_SECRET.removeprefix("whsec_")),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings(GOOD | {"ORGCAL_EVENTS_SECRETS": EVENTS_SECRET} | {name: value})


@pytest.mark.parametrize(
    "url", ["https://product.example/hooks?of=orgcal", "http://127.0.0.1:8123/", "http://[::1]:8123"]
)
def test_events_go_over_https_or_stay_on_the_machine(url: str) -> None:
    settings = read_settings(
        GOOD | {"ORGCAL_EVENTS_URL": url, "ORGCAL_EVENTS_SECRETS": f"{EVENTS_SECRET}, {EVENTS_SECRET}"}
    )

    assert settings.events_url.reveal() == url
    assert [secret.reveal() for secret in settings.events_secrets] == [EVENTS_SECRET, EVENTS_SECRET]


def test_no_event_is_sent_unsigned() -> None:
    with pytest.raises(SettingsError, match="ORGCAL_EVENTS_SECRETS: one is needed"):
        read_settings(GOOD | {"ORGCAL_EVENTS_URL": "https://product.example/hooks"})


def test_nobody_connects_an_account_of_their_own_unless_a_registration_is_named() -> None:
    assert not read_settings(GOOD).personal_client_id


def test_the_second_registration_proves_itself_too() -> None:
    with pytest.raises(SettingsError, match="ORGCAL_PERSONAL_CLIENT_CERTIFICATE or ORGCAL_FEDERATED_IDENTITY"):
        read_settings(GOOD | {"ORGCAL_PERSONAL_CLIENT_ID": "personal"})
    by_certificate = read_settings(PERSONAL)
    by_identity = read_settings(
        PERSONAL | {"ORGCAL_PERSONAL_CLIENT_CERTIFICATE": "", "ORGCAL_FEDERATED_IDENTITY": "identity"}
    )

    assert by_certificate.personal_client_certificate.reveal() == "-----BEGIN"
    assert by_identity.personal_client_id == "personal"


def test_one_registration_does_not_serve_both_organisations_and_people() -> None:
    with pytest.raises(SettingsError, match="ORGCAL_PERSONAL_CLIENT_ID: must be a registration of its own"):
        read_settings(
            GOOD | {"ORGCAL_PERSONAL_CLIENT_ID": GOOD["ORGCAL_CLIENT_ID"], "ORGCAL_PERSONAL_CLIENT_CERTIFICATE": "PEM"}
        )


def test_refresh_tokens_need_a_key_that_seals_them() -> None:
    with pytest.raises(SettingsError, match="ORGCAL_TOKEN_KEYS: one is needed"):
        read_settings(PERSONAL | {"ORGCAL_TOKEN_KEYS": ""})
    keys = read_settings(PERSONAL | {"ORGCAL_TOKEN_KEYS": f"old:{TOKEN_KEY}, new:{TOKEN_KEY}"}).token_keys

    assert [(key.key_id, key.material, key.wrapped_by) for key in keys] == [
        ("old", bytes(32), None),
        ("new", bytes(32), None),
    ]


def test_a_wrapped_key_names_the_version_that_unwraps_it() -> None:
    settings = read_settings(
        PERSONAL | {"ORGCAL_TOKEN_KEYS": f"2026a:0123abcd:{WRAPPED_KEY}", "ORGCAL_TOKEN_KEY_VAULT_KEY": VAULT_KEY}
    )

    assert settings.token_key_vault_key == VAULT_KEY
    assert [(key.key_id, key.wrapped_by, len(key.material)) for key in settings.token_keys] == [
        ("2026a", "0123abcd", 384)
    ]


@pytest.mark.parametrize(
    "keys",
    [
        TOKEN_KEY,
        f":{TOKEN_KEY}",
        "2026a:c2hvcnQ=",
        "2026a:not base64 at all",
        f"2026 a:{TOKEN_KEY}",
        f"2026a:{TOKEN_KEY},2026a:{TOKEN_KEY}",
        f"2026a:0123abcd:{WRAPPED_KEY}",
    ],
)
def test_a_token_key_that_cannot_be_used_is_refused(keys: str) -> None:
    with pytest.raises(SettingsError, match="ORGCAL_TOKEN_KEYS: each is id:base64 of 32 random bytes"):
        read_settings(PERSONAL | {"ORGCAL_TOKEN_KEYS": keys})


@pytest.mark.parametrize("keys", [f"2026a:{WRAPPED_KEY}", f"2026a:0123abcd:{TOKEN_KEY}", f"2026a:{TOKEN_KEY}"])
def test_beside_a_key_of_key_vault_every_token_key_is_wrapped(keys: str) -> None:
    with pytest.raises(SettingsError, match="ORGCAL_TOKEN_KEYS: each is id:version:base64 of a wrapped key"):
        read_settings(PERSONAL | {"ORGCAL_TOKEN_KEYS": keys, "ORGCAL_TOKEN_KEY_VAULT_KEY": VAULT_KEY})


@pytest.mark.parametrize("key", [VAULT_KEY.replace("https", "http"), f"{VAULT_KEY}/0123abcd", "token-keys"])
def test_a_key_of_key_vault_is_named_by_https_and_without_a_version(key: str) -> None:
    wrapped = {"ORGCAL_TOKEN_KEYS": f"2026a:0123abcd:{WRAPPED_KEY}", "ORGCAL_TOKEN_KEY_VAULT_KEY": key}

    with pytest.raises(SettingsError, match="ORGCAL_TOKEN_KEY_VAULT_KEY: must be https"):
        read_settings(PERSONAL | wrapped)


def test_storage_can_be_named_by_addresses_and_an_identity() -> None:
    azure = {name: value for name, value in GOOD.items() if name != "AzureWebJobsStorage"} | {
        "AzureWebJobsStorage__tableServiceUri": "https://a.table.example/",
        "AzureWebJobsStorage__queueServiceUri": "https://a.queue.example/",
        "AzureWebJobsStorage__clientId": "identity",
    }

    storage = read_settings(azure).storage

    assert not storage.connection_string
    assert (storage.table_url, storage.identity) == ("https://a.table.example/", "identity")


def test_a_secret_does_not_show_itself() -> None:
    settings = read_settings(GOOD)

    assert "old-key" not in repr(settings)
    assert "BEGIN" not in repr(settings)
    assert "\\x00" not in repr(read_settings(PERSONAL))
    assert str(Secret("x")) == "Secret(…)"
