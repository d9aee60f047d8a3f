"""host.json, as far as the local host follows it: https://learn.microsoft.com/azure/azure-functions/functions-host-json"""

import json
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class QueueSettings:
    """Defaults as https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue#host-json"""

    batch_size: int = 16
    new_batch_threshold: int = 8
    max_polling_interval: timedelta = timedelta(minutes=1)
    visibility_timeout: timedelta = timedelta(0)
    max_dequeue_count: int = 5
    message_encoding: Literal["base64", "none"] = "base64"


@dataclass(frozen=True)
class HostSettings:
    route_prefix: str = "api"
    function_timeout: timedelta | None = timedelta(minutes=30)  # the default of Flex Consumption; None is no limit
    queues: QueueSettings = QueueSettings()


def read_host_settings(app: Path) -> HostSettings:
    """The settings of ``app``/host.json; ``ValueError`` names a value that cannot be understood."""
    found: dict[str, Any] = json.loads((app / "host.json").read_text())
    extensions = found.get("extensions", {})
    return HostSettings(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        function_timeout=_function_timeout(found.get("functionTimeout")),
        queues=_queue_settings(extensions.get("queues", {})),
    )


def parse_time_span(text: str) -> timedelta:
    """.NET's ``[d.]hh:mm:ss[.fff]``."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)", text)
    if match is None:
        raise ValueError(f"{text!r} in host.json is no time span; write hh:mm:ss")
    days, hours, minutes, seconds = match.groups(default="0")
    return timedelta(days=int(days), hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def resolve_setting(text: str) -> str:
    """Binding expressions: ``%NAME%`` becomes the setting of that name."""
    return re.sub(r"%([^%]+)%", lambda match: os.environ[match[1]], text)


def _function_timeout(text: str | None) -> timedelta | None:
    if text is None:
        return HostSettings.function_timeout
    return None if text == "-1" else parse_time_span(text)


def _queue_settings(found: dict[str, Any]) -> QueueSettings:
    batch_size = found.get("batchSize", 16)
    encoding = found.get("messageEncoding", "base64").lower()
    if encoding not in {"base64", "none"}:
        raise ValueError(f"messageEncoding {encoding!r} in host.json is neither base64 nor none")
    return QueueSettings(
        batch_size=batch_size,
        new_batch_threshold=found.get("newBatchThreshold", batch_size // 2),
        max_polling_interval=parse_time_span(found.get("maxPollingInterval", "00:01:00")),
        visibility_timeout=parse_time_span(found.get("visibilityTimeout", "00:00:00")),
        max_dequeue_count=found.get("maxDequeueCount", 5),
        message_encoding=encoding,
    )
