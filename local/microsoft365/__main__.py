"""Run the stand-in: ``python -m local.microsoft365 --port 0 --directory DIR --clock-file FILE [--seed FILE.json]``.

``--trust FILE`` names the authorities (PEM) of the addresses that get change notifications.
"""

import argparse
import asyncio
import json
import socket
import traceback
from pathlib import Path

import uvicorn

from local.clock import LocalClock
from local.microsoft365.certificates import issue
from local.microsoft365.courier import deliver_forever
from local.microsoft365.outbound import Outbound
from local.microsoft365.seeding import plant
from local.microsoft365.server import create_app
from local.microsoft365.world import World


class _Server(uvicorn.Server):
    """Tells where it is as soon as it answers, and delivers notifications while it does."""

    def __init__(self, config: uvicorn.Config, announcement: Path, world: World) -> None:
        super().__init__(config)
        self._announcement = announcement
        self._world = world
        self._courier: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._courier = asyncio.create_task(deliver_forever(self._world))
        self._courier.add_done_callback(self._stop_if_failed)
        base_url = self._world.base_url
        told = {"url": base_url, "control_url": f"{base_url}/control"}
        fresh = self._announcement.with_suffix(".new")
        fresh.write_text(json.dumps(told))
        fresh.replace(self._announcement)
        print(f"Microsoft's stand-in listens at {base_url}", flush=True)

    def _stop_if_failed(self, courier: asyncio.Task[None]) -> None:
        """A stand-in that silently delivers nothing would be worse than none."""
        if not courier.cancelled() and (error := courier.exception()) is not None:
            traceback.print_exception(error)
            self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._courier is not None:
            self._courier.cancel()
            await asyncio.wait((self._courier,))
        await self._world.outbound.aclose()
        await super().shutdown(sockets)


def main() -> None:
    options = _options()
    chain, key = issue(options.directory)
    listener = socket.create_server(("127.0.0.1", options.port))
    # asyncio does this only for sockets that name their protocol; without it each answer after the first is 40 ms late.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    base_url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    clock = LocalClock(options.clock_file)
    outbound = Outbound(trust=options.trust, pace=lambda: clock.pace)
    world = World(clock, base_url, outbound=outbound)
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
    _Server(config, options.directory / "microsoft365.json", world).run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.microsoft365", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--clock-file", type=Path, required=True)
    parser.add_argument("--seed", type=Path)
    parser.add_argument("--trust", type=Path, help="the authorities (PEM) of the addresses that get notifications")
    return parser.parse_args()


if __name__ == "__main__":
    main()
