"""The functions of an app as its worker describes them: one trigger each."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.host.settings import resolve_setting

ALL_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True)
class HttpTrigger:
    route: str
    methods: frozenset[str]
    auth_level: str  # anonymous, function or admin


@dataclass(frozen=True)
class QueueTrigger:
    queue: str
    connection: str  # the name of the setting that holds the connection string


@dataclass(frozen=True)
class TimerTrigger:
    schedule: str  # NCRONTAB with six fields, in UTC
    run_on_startup: bool


type Trigger = HttpTrigger | QueueTrigger | TimerTrigger


@dataclass(frozen=True)
class Function:
    name: str
    function_id: str
    parameter: str  # the name of the argument that the trigger fills
    trigger: Trigger


def parse_function(name: str, function_id: str, raw_bindings: list[str]) -> Function:
    """``ValueError`` for a binding that the local host does not bring."""
    bindings = [json.loads(raw) for raw in raw_bindings]
    triggers = [binding for binding in bindings if binding["type"] in _TRIGGERS]
    others = [binding["type"] for binding in bindings if binding["type"] not in {*_TRIGGERS, "http"}]
    if len(triggers) != 1 or others:
        raise ValueError(f"{name}: the local host knows HTTP, queue and timer triggers only, not {others or 'none'}")
    binding = triggers[0]
    return Function(name, function_id, binding["name"], _TRIGGERS[binding["type"]](name, binding))


def _http_trigger(name: str, binding: dict[str, Any]) -> HttpTrigger:
    route = binding.get("route")
    return HttpTrigger(
        route=name if route is None else route,
        methods=frozenset(method.upper() for method in binding.get("methods") or ALL_METHODS),
        auth_level=(binding.get("authLevel") or "function").lower(),
    )


def _queue_trigger(_name: str, binding: dict[str, Any]) -> QueueTrigger:
    return QueueTrigger(resolve_setting(binding["queueName"]), binding.get("connection") or "AzureWebJobsStorage")


def _timer_trigger(_name: str, binding: dict[str, Any]) -> TimerTrigger:
    return TimerTrigger(resolve_setting(binding["schedule"]), bool(binding.get("runOnStartup")))


_TRIGGERS: dict[str, Callable[[str, dict[str, Any]], Trigger]] = {
    "httpTrigger": _http_trigger,
    "queueTrigger": _queue_trigger,
    "timerTrigger": _timer_trigger,
}
