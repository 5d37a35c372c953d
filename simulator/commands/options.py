"""Options that subcommands share, and the way to the workspace that they mean."""

import difflib
import math
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click
from click.core import ParameterSource

from inbound_core.catalogue import UnknownSegment
from inbound_core.workspace import Workspace
from simulator.outcomes import TextOutcome
from simulator.places import Place, Serving

#: Faster or longer than this nobody looks on; a clock that stands still is moved instead.
MOST_TIMES = 1_000_000

Command = TypeVar("Command", bound=Callable[..., Any])


def place_options(command: Command) -> Command:
    """Add `--workspace` and `--database`, the same on every subcommand."""
    return workspace_option("./inbound-workspace")(database_option(command))


def workspace_option(default: str) -> Callable[[Command], Command]:
    """Give the option `--workspace`, which says what it is by default."""
    return click.option(
        "--workspace",
        "folder",
        envvar="INBOUND_WORKSPACE",
        metavar="FOLDER",
        help=f"Where the workspace is kept.  [default: {default}]",
    )


database_option = click.option(
    "--database",
    envvar="INBOUND_DATABASE",
    metavar="URL",
    help="Keep the platform's data there instead, such as postgresql://user@host/name.",
)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")


class Times(click.FloatRange):
    """Be how many times as fast, or as long: a number that time can be counted in."""

    def __init__(self, **bounds: Any) -> None:
        super().__init__(0, MOST_TIMES, **bounds)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the number; refuse what is none, as ranges do not."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is no number.", param, ctx)
        return found


class TextFile(click.File):
    """Be a file of text to read, or - for standard input; say as other commands do when it is not there."""

    def __init__(self) -> None:
        super().__init__(encoding="utf-8")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Open the file; raise `click.ClickException` where none is, or a folder."""
        path = Path(value) if isinstance(value, str) and value != "-" else None
        if path is not None and path.is_dir():
            raise click.ClickException(f"{path} is a folder. Name one of the files in it.")
        if path is not None and not path.exists():
            beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
            near = difflib.get_close_matches(path.name, beside, 1)
            hint = f" Did you mean {path.with_name(near[0])}?" if near else ""
            raise click.ClickException(f"There is no file {path}.{hint}")
        return super().convert(value, param, ctx)


class Texting(Protocol):
    """Stand for a simulator in this process or in another: something that a handset can text to."""

    def text(self, from_phone: str, body: str, to_phone: str | None = None) -> TextOutcome:
        """Text one of the platform's numbers."""


@contextmanager
def reach(folder: str | None, database: str | None) -> Iterator[Texting]:
    """Reach the simulator that runs on the workspace, or run one for as long as it is needed."""
    place = Place.at(folder)
    serving = place.serving()
    if serving is not None:
        from simulator.client import SimulatorClient

        yield SimulatorClient(serving.url, serving.token)
    else:
        from simulator.running import SimulatorConfig, start
        from simulator.texting import settle

        with start(SimulatorConfig(place=place, database_url=database)) as simulator:
            yield simulator
            # What is still on its way would report later to an address where nobody is any more.
            settle(simulator.workspace, simulator.carrier)


@contextmanager
def opened_workspace(folder: str | None, database: str | None, makes: bool = False) -> Iterator[Workspace]:
    """Open the platform's store of a workspace, also while a simulator runs on it: then its clock tells the time.

    Raise `click.ClickException` for a workspace that is not there, unless the command `makes` one.
    """
    place = Place.at(folder) if makes else Place.named(folder) if database else existing_place(folder)
    serving = place.serving()
    url = database or (serving.database_url if serving else None) or place.platform_url
    if not makes and url == place.platform_url and not place.has_platform:
        raise click.ClickException(f"The people and the log of {place.folder} are elsewhere: name it with --database.")
    beside = serving is not None and database in (None, serving.database_url)
    with Workspace.open(url, now=_clock_of(serving) if serving and beside else _machine_time) as workspace:
        try:
            yield workspace
        except UnknownSegment as error:
            # Of a segment that was named alone the place "segment" says nothing.
            if error.place != "segment":
                raise
            raise UnknownSegment(error.problem) from error


def existing_place(folder: str | None) -> Place:
    """Give a workspace folder to look into; where none is, an empty workspace would answer in its stead."""
    place = Place.named(folder)
    if place.has_platform or place.has_carrier:
        return place
    path = place.folder
    beside = [other.parent.name for other in path.parent.glob("*/platform.db")]
    near = difflib.get_close_matches(path.name, beside, 1, 0.5)
    hint = f" Did you mean {path.with_name(near[0])}?" if near else ""
    same = same_place()
    raise click.ClickException(
        f"There is no workspace in {path}.{hint} One begins with `inbound serve{same}`, "
        f"`inbound people import FILE{same}` or `inbound text +12025550101 hello{same}`."
    )


def same_place() -> str:
    """Give what a command that is proposed needs besides, so that it means the workspace that was named by hand."""
    context = click.get_current_context()
    typed = context.get_parameter_source("folder") is ParameterSource.COMMANDLINE
    return f" --workspace {shlex.quote(context.params['folder'])}" if typed else ""


def _clock_of(serving: Serving) -> Callable[[], datetime]:
    from simulator.client import SimulatorClient, SimulatorError

    try:
        return SimulatorClient(serving.url, serving.token).clock()
    except SimulatorError:
        return _machine_time  # It is going down, or something else listens there by now.


def _machine_time() -> datetime:
    return datetime.now(UTC)
