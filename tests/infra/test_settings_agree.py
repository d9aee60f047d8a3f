"""A setting is written in four places: settings.py, the example settings file, Bicep and the README."""

import json
import re
from pathlib import Path

from shared_code.settings import CLOUDS, NAMES
from tests.infra.bicep import INFRA, MAIN, Expression, read

ROOT = Path(__file__).parents[2]

# Read by the Functions host and by Azure, not by the app.
PLATFORM = {
    "FUNCTIONS_WORKER_RUNTIME",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
}


def test_the_example_settings_file_names_every_setting_and_no_other() -> None:
    example = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]

    assert set(example) - PLATFORM == set(NAMES)


def test_bicep_sets_every_setting_and_no_other() -> None:
    assert {name.partition("__")[0] for name in _bicep_settings()} - PLATFORM == set(NAMES)


def test_bicep_sets_every_part_of_the_storage_connection() -> None:
    parts = {name.partition("__")[2] for name in _bicep_settings() if name.startswith("AzureWebJobsStorage")}

    assert parts == {"accountName", "blobServiceUri", "queueServiceUri", "tableServiceUri", "credential", "clientId"}


def test_settings_py_reads_no_part_of_the_storage_connection_that_bicep_does_not_set() -> None:
    read_by_the_app = re.findall(r'"(AzureWebJobsStorage__\w+)"', (ROOT / "shared_code/settings.py").read_text())

    assert read_by_the_app
    assert set(read_by_the_app) <= set(_bicep_settings())


def test_the_readme_has_a_row_for_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\|\s*`(\w+)`\s*\|", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert {name for name in rows if name.startswith(("ORGCAL_", "AzureWebJobsStorage"))} == set(NAMES)


def test_secrets_reach_the_app_as_key_vault_references_only() -> None:
    settings = _bicep_settings()

    for name in (
        "ORGCAL_SIGNING_KEYS",
        "ORGCAL_CLIENT_CERTIFICATE",
        "ORGCAL_PERSONAL_CLIENT_CERTIFICATE",
        "ORGCAL_EVENTS_SECRETS",
    ):
        value = settings[name]
        assert isinstance(value, Expression)
        assert "@Microsoft.KeyVault(SecretUri=${" in value.text


def test_bicep_offers_the_clouds_that_settings_py_knows() -> None:
    offered = re.search(r"@allowed\(\[(.*)\]\)\nparam cloud ", MAIN.read_text())

    assert offered
    assert set(re.findall(r"'(\w+)'", offered[1])) == set(CLOUDS)


def _bicep_settings() -> dict[str, object]:
    properties = read(INFRA / "modules/function-app.bicep").resources["settings"].body["properties"]
    assert isinstance(properties, dict)
    return {**properties}
