"""`inbound proxy`: lead an unmodified application's calls to Twilio to the simulator."""

import shlex
import threading
from collections.abc import Mapping
from pathlib import Path

import click

from inbound_core.errors import SetupError
from simulator.commands.options import json_option, place_options
from simulator.commands.printing import print_json, tell
from simulator.places import Place, listens


def as_line(variables: Mapping[str, str]) -> str:
    """Give variables as a shell takes them before a program.

    >>> as_line({"NODE_EXTRA_CA_CERTS": "/my files/ca.pem"})
    "NODE_EXTRA_CA_CERTS='/my files/ca.pem'"
    """
    return " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())


@click.command()
@click.option("--to", "target", metavar="URL", help="The simulator.  [default: the one that runs on the workspace]")
@click.option("--port", type=click.IntRange(0, 65_535), default=8026, show_default=True, help="0 means any free one.")
@click.option("--certificates", metavar="FOLDER", help="Where its own authority is kept.  [default: in the workspace]")
@place_options
@json_option
def proxy(
    folder: str | None, database: str | None, as_json: bool, target: str | None, port: int, certificates: str | None
) -> None:
    """Run a proxy until Ctrl-C that takes calls to *.twilio.com to the simulator; no code changes, no /etc/hosts.

    Start the application with the variables it prints. All other traffic passes through unread. With --json one
    line is printed when it is ready.
    """
    from simulator.certificates import Authority
    from simulator.proxy import Proxy, environment

    place = Place.named(folder)
    serving = place.serving()
    url = target or (serving.url if serving else None)
    if url is None:
        raise SetupError("No simulator runs on this workspace. Start one with `inbound serve`, or name it with --to.")
    kept = Path(certificates).expanduser() if certificates else Place.at(folder).folder / "certificates"
    authority = Authority(kept)
    with Proxy(url, authority, port=port) as running:
        if not listens(url):
            tell(f"Nothing answers at {url} yet. Start it with `inbound serve`, or name another --to.", err=True)
        variables = environment(running.url, authority)
        if as_json:
            print_json({"url": running.url, "to": url, "environment": variables})
        else:
            tell(f"Calls to *.twilio.com go to {url}  (Ctrl-C ends it)")
            for language, values in variables.items():
                tell(f"  {language:<7} {as_line(values)} your-program")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            tell("" if as_json else "Stopped.", err=True)
