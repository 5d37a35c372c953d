"""`inbound serve`: the simulator, for an application under test and for the browser."""

import os
import signal
import sys
import threading
import webbrowser
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click

from simulator.clock import Clock, VirtualClock
from simulator.commands.options import Times, json_option, place_options
from simulator.commands.printing import print_json, tell
from simulator.places import Place, Serving
from simulator.wall_clock import WallClock

#: The port that is tried first; another free one is taken when it is in use.
USUAL_PORT = 8025


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), help=f"0 means any free one.  [default: {USUAL_PORT} or a free one]"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--password", envvar="INBOUND_PASSWORD", help="Needed for a --host that others can reach.", show_envvar=True
)
@click.option("--allow-host", "allowed_hosts", multiple=True, metavar="NAME", help="Answer to this host name too.")
@click.option("--account-sid", metavar="SID", help="Made up, for your application's tests; live ones are refused.")
@click.option("--auth-token", metavar="TOKEN", help="As --account-sid.")
@click.option("--frozen", is_flag=True, help="Let the clock stand still until it is moved, by hand or over HTTP.")
@click.option("--scale", type=Times(min_open=True), metavar="TIMES", help="Let the clock go so many times as fast.")
@click.option("--no-browser", is_flag=True, help="Print the page's address without opening it.")
@place_options
@json_option
def serve(folder: str | None, database: str | None, as_json: bool, no_browser: bool, **choices: Any) -> None:
    """Run the simulator until Ctrl-C: Twilio's API, the platform and the page, on one port of 127.0.0.1.

    With --json one line is printed when it is ready: url, account_sid, auth_token, numbers, services and more.
    """
    place = Place.at(folder)
    with started(place, database, **choices) as simulator:
        place.note_serving(Serving(simulator.url, simulator.token, os.getpid(), database))
        try:
            facts = describe(simulator)
            if as_json:
                print_json(facts)
            else:
                tell(_readable(facts, place))
                # Only where a person sits before it: a script or a container has no use for a browser.
                if not no_browser and sys.stdout.isatty():
                    webbrowser.open(facts["page"])
            _wait_for_the_end()
        finally:
            place.forget_serving()
    if not as_json:
        tell("Stopped. The workspace is kept; the next `inbound serve` goes on with it.")


def started(
    place: Place,
    database: str | None,
    port: int | None = None,
    account_sid: str | None = None,
    auth_token: str | None = None,
    frozen: bool = False,
    scale: float | None = None,
    **more: Any,
) -> Any:
    """Start a simulator on a place, on the usual port or a free one; refuse when one runs there already.

    `frozen` starts it on a clock that stands at this minute, `scale` on one that goes faster or slower than time.
    `more` are other fields of `SimulatorConfig`.
    """
    if frozen and scale is not None:
        raise click.UsageError("A clock that stands still has no pace: give --frozen or --scale.")
    from simulator.running import SimulatorConfig, start
    from simulator.serving import PortTaken

    running = place.serving()
    if running is not None:
        # Refuse before anything is opened: two simulators on one workspace would both call its webhooks.
        place.note_serving(Serving(running.url, "", os.getpid()))
    account = place.account()
    account = replace(
        account, account_sid=account_sid or account.account_sid, auth_token=auth_token or account.auth_token
    )
    config = SimulatorConfig(
        place=place, database_url=database, port=USUAL_PORT if port is None else port, account=account, **more
    )
    clock: Clock | None = WallClock(scale=scale) if scale is not None else None
    if frozen:
        clock = VirtualClock(datetime.now(UTC).replace(second=0, microsecond=0))
    try:
        return start(config, clock)
    except PortTaken:
        if port is not None:
            raise
        return start(replace(config, port=0), clock)


def describe(simulator: Any) -> dict[str, Any]:
    """Give what a program needs in order to use a simulator, as plain values."""
    numbers = simulator.carrier.numbers()
    services = simulator.carrier.services()
    return {
        "url": simulator.url,
        "page": f"{simulator.url}/open?token={simulator.token}",
        "account_sid": simulator.account.account_sid,
        "auth_token": simulator.account.auth_token,
        "numbers": [{"phone_number": n.phone_number, "sid": n.sid, "service_sid": n.service_sid} for n in numbers],
        "services": [{"sid": s.sid, "friendly_name": s.friendly_name} for s in services],
        "inbound_url": simulator.inbound_url,
        "track": {"site_id": simulator.account.site_id, "api_key": simulator.account.api_key},
        "token": simulator.token,
    }


def _readable(facts: dict[str, Any], place: Place) -> str:
    names = {service["sid"]: service["friendly_name"] for service in facts["services"]}
    lines = [
        f"The simulator runs at {facts['url']}  (Ctrl-C ends it)",
        f"  page          {facts['page']}",
        f"  workspace     {place.folder}",
        f"  account       {facts['account_sid']}",
        f"  auth token    {facts['auth_token']}",
        f"  Track API     site id {facts['track']['site_id']}, key {facts['track']['api_key']}",
    ]
    for number in facts["numbers"]:
        where = f"in service {names[number['service_sid']]}" if number["service_sid"] else "on its own"
        lines.append(f"  number        {number['phone_number']}  {where}")
    lines.append('Next, in another terminal: inbound text +12025550101 "hello"')
    return "\n".join(lines)


def _wait_for_the_end() -> None:
    """Wait for Ctrl-C or a termination, so that both end in a clean stop."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        while not ended.wait(0.5):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
