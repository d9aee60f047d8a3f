"""``make fuzz-api``: schemathesis tries the whole product API of a running local stack, as its document describes it.

Two rounds: Microsoft answers, and no answer may be a 5xx; then Microsoft and its calendars fail, and 503 is right where
they were needed. ``--short`` is the part of ``make test``: the first round alone, with the same requests each time.
"""

# ruff: noqa: T201 - what it prints is what it is for

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx

from local.demo.administrator import Person
from local.demo.product import Product
from local.example_tenant import ADMINISTRATOR, DOMAIN, TENANT, plant_example_tenant
from local.stack import ROOT, Stack
from tests.fuzz.hooks import FUZZED

HERE = Path(__file__).parent
SCHEMATHESIS = (sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run")
SHORT = ("--phases=examples,coverage,fuzzing", "--max-examples=8", "--generation-deterministic")
GRACE = 300  # seconds beyond the time that was asked for, until a round is ended by force


def main() -> int:
    options = _parse_options()
    with Stack(ROOT / ".local" / "fuzz", meters_tables=False) as stack:
        connection = _connect(stack)
        if options.short:
            return _try(stack, connection, options.seconds, SHORT)
        long = (
            "--max-examples=200",
            "--generation-database=none",
            f"--seed={options.seed}",
            f"--max-time={max(options.seconds // 2, 1)}",
        )
        sound = _try(stack, connection, options.seconds, long)
        _break_microsoft(stack)
        print("\nOnce more, while Microsoft fails:", flush=True)
        broken = _try(stack, connection, options.seconds, (*long, "--exclude-checks=not_a_server_error"))
        return sound or broken


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz-api", description="Tries the product API with generated requests.")
    parser.add_argument("--short", action="store_true", help="one round, the same requests each time")
    parser.add_argument("--seconds", type=int, default=600, help="for both rounds together")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _connect(stack: Stack) -> str:
    """The organization of the document's examples, with an admin and two people whose calendars have been read; its
    connection."""
    plant_example_tenant(stack.control, stack.clock.now())
    names = ("megan", "grady")
    people = [{"user": name, "addresses": [{"address": f"{name}@{DOMAIN}", "verified": True}]} for name in names]
    with closing(Product(stack.addresses.app_http_url, stack.addresses.function_key)) as product:
        product.put_organization(FUZZED, "Acme", [*people, {"user": "olivia", "addresses": [], "role": "admin"}])
        begun = product.begin_connection(FUZZED)
        with closing(Person(stack.trust(), ADMINISTRATOR)) as administrator:
            administrator.connect(begun["activation_link"])
        for _ in range(2):
            stack.advance(timedelta(seconds=10))
            stack.wait_until_quiet()
        states = {user["user"]: user["state"] for user in product.users(FUZZED)}
    if any(states[name] != "connected" for name in names):
        raise AssertionError(f"nothing to try the API on: {states}")
    return str(begun["connection"])


def _break_microsoft(stack: Stack) -> None:
    fault = {"match": {"tenant": TENANT}, "answer": {"status": 503, "retry_after": 1}}
    stack.control.post("/faults", json=fault).raise_for_status()


def _try(stack: Stack, connection: str, seconds: int, options: Sequence[str]) -> int:
    addresses = stack.addresses
    document = ROOT / ".local" / "fuzz" / "openapi.json"
    document.write_bytes(httpx.get(f"{addresses.app_http_url}/openapi.json").raise_for_status().content)
    environment = {
        **os.environ,
        "ORGCAL_HOST_KEY": addresses.function_key,
        "ORGCAL_MASTER_KEY": addresses.admin_key,
        "ORGCAL_CONNECTION": connection,
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
    }
    command = [*SCHEMATHESIS, str(document), "--url", addresses.app_http_url, *options]
    return subprocess.run(command, cwd=ROOT, env=environment, timeout=seconds + GRACE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
