"""Tables, queues and triggers are written in the code and in Bicep; these tests hold them together."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

from shared_code.adapters.queue_names import QUEUES
from shared_code.adapters.tables.names import TABLES
from tests.infra.bicep import INFRA, Value, read

ROOT = Path(__file__).parents[2]
POISON = "-poison"
INDEX = (
    "import function_app; print('[' + ','.join(f.get_function_json() for f in function_app.app.get_functions()) + ']')"
)


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


def test_only_the_operators_routes_want_the_master_key() -> None:
    levels = {route["route"]: route["authLevel"].lower() for route in _bindings("httpTrigger")}

    assert {route for route, level in levels.items() if level == "admin"} == {
        "v1/dead-letters",
        "v1/dead-letters/{letter}",
        "v1/dead-letters/{letter}/redrive",
        "v1/event-endpoint",
        "v1/event-endpoint/enable",
    }
    assert {level for route, level in levels.items() if route.startswith("v1/organizations")} == {"function"}


def _bindings(kind: str) -> list[dict[str, str]]:
    return [binding for function in _functions() for binding in function["bindings"] if binding["type"] == kind]


@cache
def _functions() -> list[dict[str, list[dict[str, str]]]]:
    """The functions as the worker indexes them; in a process of its own, since an app can be indexed only once."""
    done = subprocess.run((sys.executable, "-c", INDEX), cwd=ROOT, capture_output=True, text=True, check=True)
    functions: list[dict[str, list[dict[str, str]]]] = json.loads(done.stdout)
    return functions


def _sorted(value: Value) -> list[str]:
    assert isinstance(value, list)
    return sorted(str(item) for item in value)
