"""The rooms and the one-way arrows between them, read from the syntax trees."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTS = {
    "shared_code.ports",
    "shared_code.subscription_ports",
    "shared_code.dead_letter_ports",
    "shared_code.repair_ports",
    "shared_code.roster_ports",
    "shared_code.directory_ports",
    "shared_code.event_ports",
    "shared_code.calendar_ports",
    "shared_code.portal_ports",
    "shared_code.mailbox_ports",
    "shared_code.booking_ports",
    "shared_code.cancellation_ports",
    "shared_code.personal_ports",
}
LEAVES = {"shared_code.errors", "shared_code.messages", "shared_code.order_queues", "shared_code.logs"}

# What a room may import of this repository; itself it always may.
ARROWS: dict[str, set[str]] = {
    "shared_code/core": set(),
    "shared_code/flows": {"shared_code.core", *PORTS, *LEAVES},
    "shared_code/adapters": {"shared_code.core", *PORTS, "shared_code.settings", *LEAVES},
    "shared_code/pages": {"shared_code.core"},
    "shared_code/ports.py": {"shared_code.core", "shared_code.messages", "shared_code.errors"},
    "shared_code/subscription_ports.py": {"shared_code.core"},
    "shared_code/dead_letter_ports.py": {"shared_code.core", "shared_code.ports"},
    "shared_code/repair_ports.py": {"shared_code.core"},
    "shared_code/roster_ports.py": {"shared_code.core"},
    "shared_code/directory_ports.py": {"shared_code.core"},
    "shared_code/event_ports.py": {"shared_code.core", "shared_code.ports"},
    "shared_code/calendar_ports.py": {"shared_code.core"},
    "shared_code/portal_ports.py": {"shared_code.core", "shared_code.ports"},
    "shared_code/cancellation_ports.py": {"shared_code.core", "shared_code.ports"},
    "shared_code/mailbox_ports.py": {"shared_code.core", "shared_code.ports"},
    "shared_code/booking_ports.py": {"shared_code.core", "shared_code.ports"},
    "shared_code/personal_ports.py": {"shared_code.core", "shared_code.ports"},
    "shared_code/messages.py": {"shared_code.core"},
    "shared_code/order_queues.py": {"shared_code.messages"},
    "shared_code/errors.py": {"shared_code.core"},
    "shared_code/logs.py": set(),
    "shared_code/settings.py": {"shared_code.core"},
    "shared_code/world.py": {"shared_code.adapters", *PORTS, "shared_code.settings"},
    "shared_code/watching.py": {"shared_code.world", "shared_code.flows"},
    "shared_code/meetings.py": {"shared_code.watching", "shared_code.flows"},
    "shared_code/showing.py": {"shared_code.meetings", "shared_code.flows"},
    "shared_code/personal.py": {"shared_code.showing", "shared_code.flows", "shared_code.adapters", *PORTS},
    "shared_code/bootstrap.py": {
        "shared_code.personal",
        "shared_code.world",
        "shared_code.core",
        "shared_code.flows",
        "shared_code.adapters",
        *PORTS,
        "shared_code.settings",
        *LEAVES,
    },
    "functions": {"shared_code.bootstrap", "shared_code.pages", "shared_code.core", *LEAVES},
    "function_app.py": {"functions"},
    "local/microsoft365": {"local.clock"},
    "local": {"shared_code.bootstrap", "shared_code.settings"},
}

OURS = ("shared_code", "functions", "local", "tests", "benchmarks", "function_app")


def room_of(path: Path) -> str:
    """The longest named room that holds the file."""
    name = path.relative_to(ROOT).as_posix()
    return max((room for room in ARROWS if name == room or name.startswith(f"{room}/")), key=len)


def python_files() -> list[Path]:
    rooms = (ROOT / top for top in ("shared_code", "functions", "local"))
    found = [
        path
        for room in rooms
        for path in room.rglob("*.py")
        if "node_modules" not in path.parts and path.read_text().strip()
    ]
    return [*found, ROOT / "function_app.py"]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(module: str, allowed: set[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in allowed)


def trespasses(path: Path) -> list[str]:
    room = room_of(path)
    own = room.removesuffix(".py").replace("/", ".")
    allowed = ARROWS[room] | {own}
    parents = {one.rpartition(".")[0] for one in allowed} | {"shared_code", "functions", "local"}
    ours = [module for module in imports(path) if module.partition(".")[0] in OURS]
    return [module for module in ours if not is_within(module, allowed) and module not in parents]


def test_a_file_imports_only_where_its_room_may_look() -> None:
    found = {path.relative_to(ROOT).as_posix(): trespasses(path) for path in python_files()}

    assert {path: modules for path, modules in found.items() if modules} == {}


def test_core_uses_the_standard_library_only() -> None:
    foreign = {
        module
        for path in (ROOT / "shared_code" / "core").rglob("*.py")
        for module in imports(path)
        if module.partition(".")[0] not in {*sys.stdlib_module_names, "shared_code"}
    }

    assert foreign == set()


def test_core_has_no_coroutines_and_reads_no_clock() -> None:
    forbidden = {"now", "utcnow", "today", "time", "monotonic"}

    found = [
        f"{path.name}:{node.lineno}"
        for path in (ROOT / "shared_code" / "core").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.AsyncFunctionDef)
        or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in forbidden
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"datetime", "date", "time"}
        )
    ]

    assert found == []


def test_whatever_writes_product_events_announces_them() -> None:
    tables = ROOT / "shared_code" / "adapters" / "tables"
    writing = {path.stem for path in tables.glob("*.py") if "import events_in, outbox_rows" in path.read_text()}
    writing |= {path.stem for path in tables.glob("*.py") if "import outbox_rows" in path.read_text()}
    world = (ROOT / "shared_code" / "world.py").read_text()
    made = re.findall(r"from shared_code\.adapters\.tables\.(\w+) import (\w+)\n\n +return \2\((\S+)\)", world)

    assert {module: rows for module, _, rows in made if module in writing} == dict.fromkeys(
        writing, "self._announced_rows"
    )


def test_only_bootstrap_reads_the_environment() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for room in ("shared_code", "functions")
        for path in (ROOT / room).rglob("*.py")
        if "os" in set(imports(path)) and "environ" in path.read_text()
    }

    assert readers == {"shared_code/bootstrap.py"}


def test_functions_mention_no_third_party_client() -> None:
    clients = {
        "azure.data",
        "azure.identity",
        "azure.storage",
        "msgraph",
        "kiota_abstractions",
        "msal",
        "httpx",
        "aiohttp",
    }

    found = {
        module for path in (ROOT / "functions").rglob("*.py") for module in imports(path) if is_within(module, clients)
    }

    assert found == set()


def test_no_module_outgrows_one_idea() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in python_files()}

    assert {path: length for path, length in lengths.items() if length > 400} == {}
