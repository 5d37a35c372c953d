"""`inbound lab`: the simulator and the notebooks, started and ended together."""

import os
from pathlib import Path

import click

from simulator.commands.options import database_option, workspace_option
from simulator.commands.serve import started
from simulator.lab_session import begun, copy_notebooks, jupyter_command, shipped_notebooks, voila_command, wait
from simulator.places import DEFAULT_FOLDER, Place, Serving

#: Jupyter's usual port; it tries the next ones by itself when this one is taken.
USUAL_PORT = 8888


@click.command()
@click.option(
    "--folder",
    "notebooks",
    default="inbound-notebooks",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where the notebooks are copied to.",
)
@click.option("--in-place", is_flag=True, help="Open the notebooks where they are, not a copy.")
@click.option("--voila", is_flag=True, help="Show the notebooks without code, for people who do not program.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--port", default=USUAL_PORT, show_default=True, type=click.IntRange(1, 65_535), help="For JupyterLab.")
@workspace_option("one for the notebooks alone, in their folder")
@database_option
def lab(
    notebooks: Path, in_place: bool, voila: bool, no_browser: bool, port: int, folder: str | None, database: str | None
) -> None:
    """Start the simulator and JupyterLab at the first notebook; one Ctrl-C ends both.

    The notebooks are copied to a folder of yours; those that are there already stay as you left them. Their people
    live in a workspace of their own, for lessons begin anew; a simulator that runs on ./inbound-workspace is used.
    """
    where = shipped_notebooks() if in_place else copy_notebooks(notebooks.absolute())
    command = (voila_command if voila else jupyter_command)(where, port, not no_browser)
    place = place_of(folder, notebooks.absolute())
    with begun(command, place.folder) as child:
        running = place.serving()
        if running is not None:
            click.echo(f"The simulator already runs at {running.url}; the notebooks use it.")
            raise SystemExit(wait(child))
        with started(place, database, None) as simulator:
            place.note_serving(Serving(simulator.url, simulator.token, os.getpid(), database))
            click.echo(f"The simulator runs at {simulator.url}; the notebooks are in {where}. Ctrl-C ends both.")
            try:
                code = wait(child)
            finally:
                place.forget_serving()
        raise SystemExit(code)


def place_of(folder: str | None, notebooks: Path) -> Place:
    """Give the workspace that is named, else the usual one if a simulator runs on it, else one for lessons alone."""
    if folder is None and Path(DEFAULT_FOLDER).is_dir() and (usual := Place.at()).serving() is not None:
        return usual
    # Hidden, for Jupyter shows what is beside the notebooks.
    return Place.at(folder or notebooks / f".{DEFAULT_FOLDER}")
