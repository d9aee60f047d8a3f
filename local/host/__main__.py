"""``python -m local.host --app DIR --directory STATE --clock-file FILE``: run a function app until interrupted.

Settings come from the environment. When ready, ``STATE/host.json`` holds the addresses and keys.
"""

import argparse
import asyncio
import gc
import json
import logging
import signal
import sys
from pathlib import Path

from azure_functions_runtime import invocation_id_cv

from local.clock import LocalClock
from local.host.host import Host, Ports
from local.host.keys import Keys, load_keys
from local.host.settings import read_host_settings
from local.host.worker import AppError, current_invocation, load_app

log = logging.getLogger("host")


class _InvocationFilter(logging.Filter):
    """Every line says in which invocation it was written; in a worker thread only the library knows."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.invocation = current_invocation.get() or invocation_id_cv.get() or "-"
        return True


def main() -> int:
    options = _parse_options()
    _configure_logging(verbose=options.verbose)
    try:
        return asyncio.run(_run(options))
    except (AppError, ValueError) as error:
        print(f"The app cannot be run: {error}", file=sys.stderr)
        return 1


async def _run(options: argparse.Namespace) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    app, state = options.app.resolve(), options.directory.resolve()
    certificate = None if options.certificate is None else options.certificate.resolve()
    state.mkdir(parents=True, exist_ok=True)
    keys = load_keys(state)
    clock = LocalClock(options.clock_file.resolve())
    settings = read_host_settings(app)
    worker = await load_app(app, clock, settings.function_timeout)
    host = Host(worker, settings, keys, clock, options.meter_url)
    ports = await host.start(http_port=options.http_port, https_port=options.https_port, certificate=certificate)
    _write_ready(state / "host.json", ports, keys, options.meter_url)
    gc.freeze()  # what was imported stays: the collector need not go through it again and again
    log.info("The host is ready")
    await stop.wait()
    log.info("The host stops")
    await host.stop()
    return 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.host", description="Runs a function app on this machine.")
    parser.add_argument("--app", type=Path, required=True, help="the folder with function_app.py and host.json")
    parser.add_argument("--directory", type=Path, required=True, help="where the host keeps keys.json and host.json")
    parser.add_argument("--clock-file", type=Path, required=True, help="the local stack's clock")
    parser.add_argument("--http-port", type=int, default=0, help="0 is any free port")
    parser.add_argument("--https-port", type=int, default=0)
    parser.add_argument("--certificate", type=Path, help="PEM with key and chain for localhost; without it, no HTTPS")
    parser.add_argument("--meter-url", help="the storage proxy, which tells when queues have messages")
    parser.add_argument("--verbose", action="store_true", help="show what libraries log as well")
    return parser.parse_args()


def _configure_logging(*, verbose: bool) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_InvocationFilter())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s [%(invocation)s] %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    if not verbose:
        for name in ("azure", "azure_functions_runtime", "aiohttp", "httpx", "msal"):
            logging.getLogger(name).setLevel(logging.WARNING)


def _write_ready(path: Path, ports: Ports, keys: Keys, meter_url: str | None) -> None:
    ready = {
        "https_url": None if ports.https is None else f"https://localhost:{ports.https}",
        "http_url": f"http://localhost:{ports.http}",
        "function_key": keys.function_key,
        "admin_key": keys.admin_key,
        "meter_url": meter_url,
    }
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(ready))
    fresh.replace(path)


if __name__ == "__main__":
    sys.exit(main())
