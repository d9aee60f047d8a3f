"""The pages say what there is: every operation, every problem, every setting, and no link that leads nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import function_app
from functions.answers import STATUSES
from functions.operations import OPERATIONS
from shared_code.adapters.tables.names import TABLES
from shared_code.core.availability import Incomplete
from shared_code.core.connection import ConnectionState
from shared_code.core.product_user import UserState
from shared_code.core.trouble import Trouble
from shared_code.messages import AnyMessage
from shared_code.order_queues import QUEUES, queue_of
from shared_code.settings import NAMES

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "infra" / "README.md"])
API = (ROOT / "docs" / "api.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def links(page: Path) -> Iterator[str]:
    prose = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"\]\(([^)\s]+)\)", prose)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_dead(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return not target.exists() or (anchor != "" and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = [link for link in links(page) if not link.startswith("https://") and is_dead(page, link)]

    assert dead == []


def test_the_api_page_has_every_operation_and_no_other() -> None:
    told = set(re.findall(r"^### `([A-Z]+ /\S+)`$", API, re.MULTILINE))

    assert function_app.app is not None  # its import registers the operations
    assert told == {f"{operation.method} {operation.path}" for operation in OPERATIONS}


def test_the_api_page_has_a_command_for_every_operation() -> None:
    _, *sections = re.split(r"^##+ ", API, flags=re.MULTILINE)

    without = [section.partition("\n")[0] for section in sections if section[0] == "`" and "```sh\n" not in section]

    assert without == []


def test_the_api_page_has_every_problem_with_its_status() -> None:
    told = dict(re.findall(r"^\| `([a-z-]+)` \| (\d{3}) \|", API, re.MULTILINE))

    assert told == {str(problem): str(status) for problem, status in STATUSES.items()}


@pytest.mark.parametrize("words", [UserState, ConnectionState, Trouble, Incomplete], ids=lambda words: words.__name__)
def test_the_api_page_explains_every_word_that_an_answer_may_hold(words: type) -> None:
    missing = [word for word in words if f"`{word}`" not in API]  # type: ignore[attr-defined]  # an enum's members

    assert missing == []


def test_the_readme_has_a_row_for_every_setting() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| .+ \|$", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert [row for row in rows if row in NAMES] == list(NAMES)


def test_the_readme_calls_the_buttons_by_their_names() -> None:
    named = re.findall(
        r"\*\*(Continue with Microsoft|Accept|Connect these calendars)\*\*", (ROOT / "README.md").read_text()
    )
    templates = [*(ROOT / "shared_code/pages").rglob("*.html"), *(ROOT / "local/microsoft365").rglob("*.html")]
    button = re.compile(r'<button[^>]*>(?:{{ _\(")?(.*?)(?:"\) }})?</button>')
    shown = {name for page in templates for name in button.findall(page.read_text())}

    assert len(named) == len({*named} & shown) == 3


def test_the_architecture_page_names_every_table_and_every_queue() -> None:
    missing = [name for name in (*TABLES, *QUEUES) if f"`{name}`" not in ARCHITECTURE]

    assert missing == []


@pytest.mark.parametrize("order", get_args(AnyMessage), ids=lambda order: order.__name__)
def test_the_architecture_page_has_every_order_in_the_row_of_its_queue(order: type[msgspec.Struct]) -> None:
    required = {one.name: None for one in msgspec.structs.fields(order) if one.required}

    queue = queue_of(order(**required))  # type: ignore[arg-type]  # one of them, as its parameter says

    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (`[A-Z].+) \| `\w+` \|$", ARCHITECTURE, re.MULTILINE))
    assert f"`{order.__name__}`" in rows[queue]


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    records = {path.name for path in folder.glob("0*.md")}

    assert set(re.findall(r"\]\((0\d{3}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text())) == records


def test_a_decision_says_what_was_true_what_is_done_and_what_it_costs() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    words = ("**Context.**", "**Decision.**", "**Consequence.**")

    incomplete = [path.name for path in records if not all(word in path.read_text() for word in words)]

    assert incomplete == []


def test_the_operating_page_explains_every_warning() -> None:
    code = "".join(path.read_text() for room in ("shared_code", "functions") for path in (ROOT / room).rglob("*.py"))
    warnings = set(re.findall(r"\bwarn\(\s*\"([a-z_]+)\"", code))

    missing = sorted(name for name in warnings if f"`{name}`" not in OPERATING)

    assert missing == []
    assert warnings


def test_the_readme_shows_every_picture_with_words_for_it_and_none_is_large() -> None:
    shown = dict(re.findall(r"!\[([^\]]{20,})\]\((docs/pictures/[^)]+)\)", (ROOT / "README.md").read_text()))
    pictures = {f"docs/pictures/{path.name}": path.stat().st_size for path in (ROOT / "docs" / "pictures").iterdir()}

    assert set(shown.values()) == set(pictures)
    assert len(pictures) == 8
    assert max(pictures.values()) < 120_000
