"""What a compiler would say about the Bicep files, and the rules of the house that no compiler knows."""

import json
import re
from pathlib import Path

import pytest

from tests.infra.bicep import FILES, INFRA, MAIN, nodes, parse, read, text

EVERY_FILE = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
EVERY_MODULE_CALL = pytest.mark.parametrize("symbol", sorted(read(MAIN).modules))
FUNCTIONS = {
    *("description", "secure", "allowed", "minLength", "maxLength", "minValue", "maxValue"),
    *("empty", "guid", "loadJsonContent", "string", "union", "uniqueString"),
    *("resourceGroup", "subscription", "subscriptionResourceId", "tenant"),
}
ROLES: dict[str, str] = json.loads((INFRA / "roles.json").read_text())
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@EVERY_FILE
def test_syntax_is_valid(path: Path) -> None:
    faults = [node for node in nodes(parse(path).root_node) if node.is_error or node.is_missing]

    assert not [f"{path.name}:{node.start_point.row + 1}: {text(node)[:60]}" for node in faults]


@EVERY_FILE
def test_every_name_that_is_used_is_declared(path: Path) -> None:
    root, bicep = parse(path).root_node, read(path)
    declared = {*bicep.parameters, *bicep.variables, *bicep.resources, *bicep.modules, *bicep.outputs, *FUNCTIONS}
    declared |= {text(node.named_children[0]) for node in nodes(root) if node.type == "for_statement"}

    used = {text(node) for node in nodes(root) if node.type == "identifier" and not _is_key(node)}

    assert used <= declared


@EVERY_FILE
def test_every_parameter_and_variable_is_used(path: Path) -> None:
    bicep = read(path)
    identifiers = [text(node) for node in nodes(parse(path).root_node) if node.type == "identifier"]

    unused = [name for name in (*bicep.parameters, *bicep.variables) if identifiers.count(name) < 2]

    assert not unused


@EVERY_FILE
def test_every_parameter_is_described(path: Path) -> None:
    assert not [parameter.name for parameter in read(path).parameters.values() if not parameter.is_described]


@EVERY_FILE
def test_every_resource_names_a_released_api_version(path: Path) -> None:
    targets = [resource.target for resource in read(path).resources.values()]

    assert not [target for target in targets if not re.fullmatch(r"[\w./]+@\d{4}-\d\d-\d\d", target)]


def test_every_module_is_used_and_exists() -> None:
    called = {INFRA / module.target for module in read(MAIN).modules.values()}

    assert called == set(FILES) - {MAIN}


@EVERY_MODULE_CALL
def test_module_is_given_exactly_the_parameters_it_asks_for(symbol: str) -> None:
    call = read(MAIN).modules[symbol]
    asked = read(INFRA / call.target).parameters

    given = call.body["params"]

    assert isinstance(given, dict)
    assert set(given) <= set(asked)
    assert {name for name, parameter in asked.items() if not parameter.has_default} <= set(given)


@EVERY_MODULE_CALL
def test_only_outputs_that_a_module_has_are_asked_of_it(symbol: str) -> None:
    has = read(INFRA / read(MAIN).modules[symbol].target).outputs

    asked = set(re.findall(rf"\b{symbol}\.outputs\.(\w+)", MAIN.read_text()))

    assert asked <= set(has)


@EVERY_MODULE_CALL
def test_a_secret_is_passed_to_a_secure_parameter_only(symbol: str) -> None:
    main, call = read(MAIN), read(MAIN).modules[symbol]
    secrets = {name for name, parameter in main.parameters.items() if parameter.is_secure}
    given = call.body["params"]
    assert isinstance(given, dict)

    receives = {name for name, value in given.items() if getattr(value, "text", None) in secrets}

    assert all(read(INFRA / call.target).parameters[name].is_secure for name in receives)


def test_every_role_is_named_in_the_map_and_used() -> None:
    used = {role for path in FILES for role in re.findall(r"(?<!/)\broles\.(\w+)", path.read_text())}

    assert used == set(ROLES)


@EVERY_FILE
def test_every_role_is_limited_to_one_resource(path: Path) -> None:
    resources = read(path).resources
    assignments = [found for found in resources.values() if found.target.startswith("Microsoft.Authorization/")]

    scopes = {getattr(assignment.body.get("scope"), "text", None) for assignment in assignments}

    assert scopes <= set(resources)


@EVERY_FILE
def test_no_role_id_is_written_outside_the_map(path: Path) -> None:
    assert not GUID.search(path.read_text())


@EVERY_FILE
def test_no_shared_key_or_connection_string_is_asked_for(path: Path) -> None:
    written = path.read_text()
    keys = re.findall(
        r"list\w*(?:Keys|Sas)\b|AccountKey|SharedAccess|DefaultEndpointsProtocol|InstrumentationKey", written
    )
    plain = re.findall(r"^\s*AzureWebJobsStorage:", written, re.MULTILINE)

    assert not keys
    assert not plain


def test_a_connection_string_is_telemetrys_only_and_opens_nothing_by_itself() -> None:
    mentions = {path.name for path in FILES if "connectionstring" in path.read_text().lower().replace("_", "")}

    component = read(INFRA / "modules/application-insights.bicep").resources["component"].body["properties"]

    assert mentions == {"application-insights.bicep", "function-app.bicep"}
    assert isinstance(component, dict)
    assert component["DisableLocalAuth"] is True


def test_the_storage_account_refuses_keys_old_tls_and_public_blobs() -> None:
    properties = read(INFRA / "modules/storage-account.bicep").resources["account"].body["properties"]

    assert isinstance(properties, dict)
    assert properties["allowSharedKeyAccess"] is False
    assert properties["allowBlobPublicAccess"] is False
    assert properties["minimumTlsVersion"] == "TLS1_2"


def _is_key(node: object) -> bool:
    parent = getattr(node, "parent", None)
    return parent is not None and parent.type == "object_property" and parent.named_children[0] == node
