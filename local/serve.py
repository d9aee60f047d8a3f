"""``make serve``: start the local stack, say how to try it, and leave it running until Ctrl-C."""

import argparse
import json
import signal
import sys
import threading
from contextlib import closing
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from local import example_organization as northwind
from local.demo.product import OWNER, Product
from local.demo.world import World
from local.example_tenant import ADMINISTRATOR, plant_example_tenant
from local.processes import StackError
from local.stack import ROOT, Addresses, Stack

_PAGES = """
Its pages, with an organisation in them (the browser warns about the local certificate). A link opens once:

  the owner of {name}
    {owner_link}
  {user}, one of its users
    {user_link}
  {on_their_own}, who has connected an Outlook.com account of their own
    {on_their_own_link}
  {blocked}, whose Microsoft organisation lets nobody connect one: sign in there as {blocked_account}
    {blocked_link}

  # Later than five minutes from now, a fresh one; "fr" for French, "{user}" for the user
  curl -sS -w '\\n' -H "x-functions-key: {function_key}" -H "Orgcal-Acting-User: {owner}" \\
    {app_http_url}/v1/organizations/{organization}/portal-sessions \\
    -d '{{"user": "{owner}", "locale": "en", "return_to": "{return_to}"}}'

Whoever opens the activation link of its new connection signs in as {studio}.
"""

_WELCOME = """
Orgcal is running, with a stand-in for Microsoft 365 beside it. Try it in another terminal:

  APP={app_http_url}/v1/organizations/acme
  api() {{ curl -sS -w '\\n' -H "x-functions-key: {function_key}" -H "Orgcal-Acting-User: olivia" "$@"; }}

  # An organisation and two of its people
  api -X PUT $APP -d '{{"name": "Acme"}}'
  api -X PUT $APP/users/olivia -d '{{"addresses": [], "role": "owner"}}'
  api -X PUT $APP/users/megan -d '{{"addresses": [{{"address": "megan@contoso.example", "verified": true}}]}}'

  # A link for the Microsoft administrator: open it in a browser (it warns about the local certificate),
  # sign in as {administrator}, accept, connect
  api -X POST $APP/connections

  # Who is connected, and when they are busy tomorrow
  api $APP/users
  api -X POST $APP/availability \\
    -d '{{"users": ["megan"], "start": "{tomorrow}T00:00:00Z", "end": "{tomorrow}T23:00:00Z"}}'

  # What failed too often, for the operator: nothing, if all is well
  curl -sS -w '\\n' -H "x-functions-key: {admin_key}" {app_http_url}/v1/dead-letters

  # What else there is; what Microsoft was asked
  curl {app_http_url}/openapi.json
  curl --cacert {ca_file} {control_url}/requests

The app over HTTPS, as a browser needs it:  {app_url}
Addresses and keys: {serve_file}    Logs: {logs}
Ctrl-C stops everything. Links to its pages follow in a moment.
"""


def main() -> int:
    options = _parse_options()
    serve_file = options.directory / "serve.json"
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    try:
        with Stack(options.directory, host=options.host, seed=options.seed) as stack:
            if options.seed is None:
                plant_example_tenant(stack.control, stack.clock.now())
            _write_addresses(serve_file, stack.addresses)
            print(_welcome(stack, serve_file), flush=True)
            if options.seed is None:
                _show_pages(stack, interrupted)
            interrupted.wait()
            print("Stopping", flush=True)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        serve_file.unlink(missing_ok=True)
    return 0


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.serve", description="Leaves the local stack running.")
    parser.add_argument("--host", choices=["local", "func"], default="local", help="func: Azure Functions Core Tools")
    parser.add_argument("--seed", type=Path, help="what the stand-in's tenants hold at the start, instead of Contoso")
    parser.add_argument("--directory", type=Path, default=ROOT / ".local", help="where serve.json, state and logs go")
    return parser.parse_args()


def _show_pages(stack: Stack, interrupted: threading.Event) -> None:
    """An organisation to click through takes some seconds; nobody has to wait for them to stop."""
    addresses = stack.addresses
    with closing(Product(addresses.app_http_url, addresses.function_key)) as product:
        for _ in northwind.plant_example_organization(World(stack, product, someones=[])):
            if interrupted.is_set():
                return
        return_to = f"{addresses.app_url}/docs"
        shown = (OWNER, northwind.USER, northwind.ON_THEIR_OWN, northwind.BLOCKED)
        links = {who: _portal_link(product, who, return_to) for who in shown}
    told = _PAGES.format(
        **asdict(addresses),
        name=northwind.NAME,
        organization=northwind.ORGANIZATION,
        owner=OWNER,
        user=northwind.USER,
        owner_link=links[OWNER],
        user_link=links[northwind.USER],
        on_their_own=northwind.ON_THEIR_OWN,
        on_their_own_link=links[northwind.ON_THEIR_OWN],
        blocked=northwind.BLOCKED,
        blocked_account=northwind.BLOCKED_ACCOUNT,
        blocked_link=links[northwind.BLOCKED],
        return_to=return_to,
        studio=northwind.ADMINISTRATOR,
    )
    print(told, flush=True)


def _portal_link(product: Product, user: str, return_to: str) -> str:
    asked = {"user": user, "return_to": return_to}
    return str(product.call("POST", f"/{northwind.ORGANIZATION}/portal-sessions", asked)["link"])


def _write_addresses(serve_file: Path, addresses: Addresses) -> None:
    """For this machine's user only: the file holds keys."""
    serve_file.touch(mode=0o600)
    serve_file.write_text(json.dumps(asdict(addresses), indent=2) + "\n")


def _welcome(stack: Stack, serve_file: Path) -> str:
    return _WELCOME.format(
        **asdict(stack.addresses),
        administrator=ADMINISTRATOR,
        tomorrow=f"{stack.clock.now() + timedelta(days=1):%Y-%m-%d}",
        serve_file=serve_file,
        logs=serve_file.parent / "logs",
    )


if __name__ == "__main__":
    sys.exit(main())
