"""Tables, queues and triggers are written in the code and in Bicep; these tests hold them together."""

import json

import azure.functions as func
import function_app
from shared_code.adapters.queue_names import QUEUES
from shared_code.adapters.tables.names import TABLES

from tests.infra.bicep import INFRA, Value, read

POISON = "-poison"


def test_bicep_makes_exactly_the_tables_that_the_code_uses() -> None:
    made = read(INFRA / "modules/tables.bicep").variables["tableNames"]

    assert _sorted(made) == sorted(TABLES)


def test_bicep_makes_exactly_the_queues_that_the_code_uses_and_their_poison_queues() -> None:
    made = read(INFRA / "modules/queues.bicep").variables["queueNames"]
    used = {queue.removesuffix(POISON) for queue in QUEUES}

    assert _sorted(made) == sorted([*used, *(queue + POISON for queue in used)])


def test_every_queue_that_triggers_a_function_is_in_the_list() -> None:
    triggers = _bindings("queueTrigger")

    assert triggers
    assert {trigger["queueName"] for trigger in triggers} <= set(QUEUES)


def test_every_queue_trigger_uses_the_account_that_bicep_connects() -> None:
    assert {trigger["connection"] for trigger in _bindings("queueTrigger")} == {"AzureWebJobsStorage"}


def _bindings(kind: str) -> list[dict[str, str]]:
    functions: list[func.Function] = function_app.app.get_functions()
    bindings = [binding for function in functions for binding in json.loads(function.get_function_json())["bindings"]]
    return [binding for binding in bindings if binding["type"] == kind]


def _sorted(value: Value) -> list[str]:
    assert isinstance(value, list)
    return sorted(str(item) for item in value)
