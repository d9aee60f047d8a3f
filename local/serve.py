"""``make serve``: start the local stack, say how to try it, and leave it running until Ctrl-C."""

import argparse
import json
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from local.processes import StackError
from local.stack import ROOT, Addresses, Stack

SERVE_FILE = ROOT / ".local" / "serve.json"

_WELCOME = """
Orgcal is running, with a stand-in for Microsoft 365 beside it. Try it in another terminal:

  KEY={function_key}

  # Is it well?
  curl {app_http_url}/health

  # An organisation, and two of its people
  curl -X PUT {app_http_url}/v1/organizations/acme -H "x-functions-key: $KEY" \\
    -H 'Content-Type: application/json' -d '{{"name": "Acme"}}'

  # What else there is
  curl {app_http_url}/openapi.json

  # The stand-in's side: its clock, and what it was asked
  curl --cacert {ca_file} {control_url}/clock
  curl --cacert {ca_file} {control_url}/requests

The app over HTTPS, as a browser needs it:  {app_url}
Logs: {logs}   Addresses and keys: {serve_file}
Ctrl-C stops everything.
"""


def main() -> int:
    options = _parse_options()
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    try:
        with Stack(host=options.host, seed=options.seed) as stack:
            _write_addresses(stack.addresses)
            print(_welcome(stack.addresses), flush=True)
            interrupted.wait()
            print("Stopping", flush=True)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        SERVE_FILE.unlink(missing_ok=True)
    return 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.serve", description="Leaves the local stack running.")
    parser.add_argument("--host", choices=["local", "func"], default="local", help="func: Azure Functions Core Tools")
    parser.add_argument("--seed", type=Path, help="what the stand-in's tenants hold at the start (JSON)")
    return parser.parse_args()


def _write_addresses(addresses: Addresses) -> None:
    """For this machine's user only: the file holds keys."""
    SERVE_FILE.touch(mode=0o600)
    SERVE_FILE.write_text(json.dumps(asdict(addresses), indent=2) + "\n")


def _welcome(addresses: Addresses) -> str:
    logs = ROOT / ".local" / "logs"
    return _WELCOME.format(**asdict(addresses), logs=logs, serve_file=SERVE_FILE)


if __name__ == "__main__":
    sys.exit(main())
