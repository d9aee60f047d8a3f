"""Query options of calendar requests: what is selected, how large a page is, which link leads to the next one."""

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.paging import system_options
from local.microsoft365.graph.preferences import Preferences
from local.microsoft365.settings import Settings
from local.microsoft365.web import GraphJson, world_of

DEFAULT_PAGE = 10
LARGEST_PAGE = 1000
_NOT_SERVED = ("filter", "expand", "search", "count")
_COMMON = frozenset({"select", "top", "skip", "orderby", *_NOT_SERVED})


def options_of(request: Request, *more: str, served: Set[str] = frozenset()) -> dict[str, str]:
    """The options by name without ``$``; those that Graph knows and nobody here uses are 501, but for ``served``.

    The names in ``more`` may be written in lower case, as Microsoft's own pages sometimes do.
    """
    spelled = {spelling: name for name in more for spelling in (name, name.lower())}
    given = system_options(request, _COMMON | spelled.keys())
    options = {spelled.get(name, name): value for name, value in given.items()}
    for name in _NOT_SERVED:
        if name in options and name not in served:
            raise not_implemented(f"${name} on {request.url.path}")
    return options


def selected(options: Mapping[str, str], known: Set[str], kind: str) -> tuple[str, ...] | None:
    """The selected properties, or None for all of them; one that does not exist is 400."""
    if "select" not in options:
        return None
    names = tuple(name.strip() for name in options["select"].split(","))
    for name in names:
        if name not in known:
            message = f"Could not find a property named '{name}' on type 'Microsoft.OutlookServices.{kind}'."
            raise GraphError(400, "RequestBroker--ParseUri", message)
    return names


def answer_page[T](
    request: Request,
    options: Mapping[str, str],
    preferences: Preferences,
    items: Sequence[T],
    context: str,
    render: Callable[[T], dict[str, Any]],
) -> GraphJson:
    """One page from ``$skip`` on, with a link to the next that repeats the query but no header."""
    skip = _whole_number(options, "skip", 0, 0, 2**31)
    size = _page_length(_page_size(options, preferences), skip, world_of(request).settings)
    body: dict[str, Any] = {
        "@odata.context": f"{world_of(request).base_url}/v1.0/$metadata#{context}",
        "value": [render(item) for item in items[skip : skip + size]],
    }
    if skip + size < len(items):
        body["@odata.nextLink"] = _next_link(request, options, skip + size)
    return GraphJson(body, headers=preferences.headers)


def _page_length(asked: int, skip: int, settings: Settings) -> int:
    """What this page has room for: Graph may send less than was asked for, and fewer here than there."""
    size = min(asked, settings.longest_calendar_page or LARGEST_PAGE)
    return max(1, size - skip % 2) if settings.uneven_calendar_pages else size


def _page_size(options: Mapping[str, str], preferences: Preferences) -> int:
    """The smaller of ``$top`` and the preference, where both are given."""
    if "top" not in options and preferences.page_size is None:
        return DEFAULT_PAGE
    top = _whole_number(options, "top", LARGEST_PAGE, 1, LARGEST_PAGE)
    return min(top, preferences.page_size or LARGEST_PAGE)


_SIGNED = frozenset({"select", "top", "orderby", "filter", "expand"})


def _next_link(request: Request, options: Mapping[str, str], skip: int) -> str:
    kept = {(f"${name}" if name in _SIGNED else name): value for name, value in options.items() if name != "skip"}
    query = urlencode({**kept, "$skip": str(skip)}, safe="$:,/", quote_via=quote)
    return f"{world_of(request).base_url}{quote(request.url.path, safe='/@=')}?{query}"


def _whole_number(options: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = options.get(name)
    if text is None:
        return default
    if not text.isdecimal() or not least <= int(text) <= most:
        message = f"Invalid value '{text}' for ${name}: a whole number from {least} to {most} is expected."
        raise GraphError(400, "ErrorInvalidParameter", message)
    return int(text)
