"""``make demo``: an organisation connects its Outlook calendars, and a scheduling product gets right answers."""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from examples.scheduling_product import Inbox
from local.demo.browsing import NoBrowser
from local.demo.endpoint import Endpoint
from local.demo.own_calendar import NotImported, check_calendar, own_calendar
from local.demo.product import Product
from local.demo.report import Done, Meter, print_table, write_report
from local.demo.steps import STEPS, disconnect_leaves_nothing, nobody_else_was_touched
from local.demo.world import World, before_clock_change, plant
from local.processes import StackError
from local.stack import ROOT, Stack

MARKS = {True: "✓", False: "✗", None: "-"}


def main() -> int:
    options = _parse_options()
    started = time.monotonic()
    try:
        if options.calendar is not None:
            check_calendar(options.calendar)
        endpoint = Endpoint()
        with Stack(ROOT / ".local" / "demo", settings=endpoint.settings) as stack:
            inbox = endpoint.inbox()
            with endpoint.listening(inbox, ROOT / ".local" / "demo"):
                done, mismatches = _tell(stack, inbox, options.calendar, started)
    except (StackError, NotImported) as error:
        print(error, file=sys.stderr)
        return 1
    if options.report:
        write_report(options.report, done, mismatches)
    for mismatch in mismatches:
        print(f"MISMATCH {mismatch}", file=sys.stderr)
    return 1 if mismatches else 0


def _tell(stack: Stack, inbox: Inbox, calendar: Path | None, started: float) -> tuple[list[Done], list[str]]:
    addresses = stack.addresses
    world = World(stack, Product(addresses.app_http_url, addresses.function_key), inbox=inbox)
    if calendar is None:  # one's own calendar is about the coming months, not about a change of clocks
        stack.clock.move_to(before_clock_change(stack.clock.now()))
    plant(world)
    print("The local stack runs: Azurite, a stand-in for Microsoft 365, and Orgcal in Microsoft's own worker library.")
    print(f"Its clock stands at {world.now:%-d %B %Y, %H:%M} UTC.\n", flush=True)
    meter = Meter(world)
    done = [take_step(world, name, step, meter) for name, step in _story(calendar)]
    nobody_else_was_touched(world)
    print_table(world, done, time.monotonic() - started)
    return done, world.mismatches


def _story(calendar: Path | None) -> list[tuple[str, Callable[[World], str]]]:
    story = [(step.__name__, step) for step in STEPS]
    if calendar is not None:
        last = story.index((disconnect_leaves_nothing.__name__, disconnect_leaves_nothing))
        story.insert(last, (own_calendar.__name__, partial(own_calendar, path=calendar)))
    return story


def take_step(world: World, name: str, step: Callable[[World], str], meter: Meter) -> Done:
    """A step that breaks off is a mismatch like any other; the ones after it are still told."""
    before = len(world.mismatches)
    is_tried = True
    try:
        told = step(world)
    except NoBrowser as error:
        told, is_tried = f"not tried: {error}", False
    except Exception as error:  # whatever went wrong belongs into the report
        told = f"broke off: {error}"
        world.mismatches.append(f"{name} {told}")
    cost = meter.lap()
    ok = len(world.mismatches) == before if is_tried else None
    print(f"{MARKS[ok]} {name}: {told}")
    print(
        f"      {cost.seconds} s, {cost.graph_requests} Graph requests, {cost.storage_operations} storage operations",
        flush=True,
    )
    return Done(name, ok, cost.seconds, cost.graph_requests, cost.storage_operations)


def _parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="Tells the story on this machine, and checks it.")
    parser.add_argument("--report", type=Path, help="where to write the steps and mismatches as JSON")
    parser.add_argument("--calendar", type=Path, help="an iCalendar file to try Orgcal on")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
