"""One log line a decision: the event's name, then ``key=value`` fields, in the message itself.

Only the formatted message travels from the Functions worker to the host, so nothing is put into ``extra``. Fields are
ids and counts; subjects, names, addresses and tokens never are.
"""

import logging

_logger = logging.getLogger("orgcal")


def say(event: str, **fields: object) -> None:
    _logger.info("%s", _line(event, fields))


def warn(event: str, **fields: object) -> None:
    _logger.warning("%s", _line(event, fields))


def _line(event: str, fields: dict[str, object]) -> str:
    return " ".join([event, *(f"{name}={value}" for name, value in fields.items() if value is not None)])
