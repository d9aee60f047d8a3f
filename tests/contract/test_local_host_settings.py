"""What the local host reads before it runs anything: host.json, route templates, bindings."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from local.host.functions import ALL_METHODS, Function, HttpTrigger, QueueTrigger, parse_function
from local.host.routes import RouteTable
from local.host.settings import HostSettings, QueueSettings, parse_time_span, read_host_settings
from local.stack import ROOT


def test_the_app_runs_with_its_own_queue_settings() -> None:
    settings = read_host_settings(ROOT)

    assert settings.route_prefix == ""
    assert settings.queues.visibility_timeout == timedelta(seconds=30)
    assert settings.queues.max_dequeue_count == 8


def test_what_host_json_leaves_out_is_as_on_azure(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')

    settings = read_host_settings(tmp_path)

    assert settings == HostSettings("api", timedelta(minutes=30), QueueSettings(16, 8, timedelta(minutes=1)))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("00:00:30", timedelta(seconds=30)),
        ("1.02:00:00", timedelta(days=1, hours=2)),
        ("00:00:00.5", timedelta(0, 0.5)),
    ],
)
def test_time_spans_are_read(text: str, span: timedelta) -> None:
    assert parse_time_span(text) == span


@pytest.mark.parametrize(
    "settings", [{"visibilityTimeout": "30"}, {"maxPollingInterval": "soon"}, {"messageEncoding": "utf-16"}]
)
def test_a_value_of_host_json_that_makes_no_sense_is_named(tmp_path: Path, settings: dict[str, str]) -> None:
    (tmp_path / "host.json").write_text(json.dumps({"extensions": {"queues": settings}}))

    with pytest.raises(ValueError, match=r"host\.json"):
        read_host_settings(tmp_path)


def test_an_optional_segment_may_be_left_out_and_a_prefix_may_not() -> None:
    function = _http_function("things/{name?}")
    table = RouteTable([function], "api")

    assert [_parameters(table, path) for path in ("/api/things", "/api/things/a", "/things/a")] == [
        {},
        {"name": "a"},
        None,
    ]


def test_a_constraint_decides_whether_a_route_fits() -> None:
    table = RouteTable([_http_function("tenants/{id:guid}")], "")

    assert _parameters(table, "/tenants/0a3f2c9e-51f0-4a6d-8f5e-6d1f6f1f0a01") is not None
    assert _parameters(table, "/tenants/common") is None


@pytest.mark.parametrize("route", ["things/{id:regex(a)}", "things/{id:decimal}", "things/a{b}"])
def test_a_template_the_host_does_not_know_stops_it(route: str) -> None:
    with pytest.raises(ValueError, match="the local host does not know"):
        RouteTable([_http_function(route)], "")


def test_settings_are_filled_into_a_queue_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK_QUEUE", "other-work")
    binding = {"type": "queueTrigger", "name": "message", "queueName": "%WORK_QUEUE%", "connection": "Elsewhere"}

    function = parse_function("work", "1", [json.dumps(binding)])

    assert function.trigger == QueueTrigger("other-work", "Elsewhere")


def test_a_binding_the_host_does_not_bring_is_refused() -> None:
    binding = {"type": "blobTrigger", "name": "blob"}

    with pytest.raises(ValueError, match=r"HTTP, queue and timer triggers only, not .*blobTrigger"):
        parse_function("work", "1", [json.dumps(binding)])


def _http_function(route: str) -> Function:
    return Function("sample", "1", "req", HttpTrigger(route, ALL_METHODS, "anonymous"))


def _parameters(table: RouteTable, path: str) -> dict[str, str] | None:
    match = table.find("GET", path)
    return None if match is None else match.parameters
