"""Run the stand-in: ``python -m local.microsoft365 --port 0 --directory DIR --clock-file FILE [--seed FILE.json]``."""

import argparse
import json
import socket
from pathlib import Path

import uvicorn

from local.clock import LocalClock
from local.microsoft365.certificates import issue
from local.microsoft365.seeding import plant
from local.microsoft365.server import create_app
from local.microsoft365.world import World


class _Server(uvicorn.Server):
    """Tells where it is as soon as it answers."""

    def __init__(self, config: uvicorn.Config, announcement: Path, base_url: str) -> None:
        super().__init__(config)
        self._announcement = announcement
        self._base_url = base_url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        told = {"url": self._base_url, "control_url": f"{self._base_url}/control"}
        fresh = self._announcement.with_suffix(".new")
        fresh.write_text(json.dumps(told))
        fresh.replace(self._announcement)
        print(f"Microsoft's stand-in listens at {self._base_url}", flush=True)


def main() -> None:
    options = _options()
    chain, key = issue(options.directory)
    listener = socket.create_server(("127.0.0.1", options.port))
    base_url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    world = World(LocalClock(options.clock_file), base_url)
    if options.seed:
        plant(world, options.seed.read_bytes())
    config = uvicorn.Config(
        create_app(world),
        ssl_certfile=chain,
        ssl_keyfile=key,
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    _Server(config, options.directory / "microsoft365.json", base_url).run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.microsoft365", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--clock-file", type=Path, required=True)
    parser.add_argument("--seed", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
