"""`inbound lint`: say what is wrong with scenario files, without playing them."""

import click

from simulator.commands.options import json_option
from simulator.commands.printing import print_json, tell


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
def lint(files: tuple[str, ...], as_json: bool) -> None:
    """Check scenario files: every fault with its line and the nearest right word.

    FILE is a path, a folder, or the name of a scenario that comes with the workbench. Exit code 1 when
    anything is wrong.
    """
    from simulator.scenarios.errors import Fault, ScenarioError, number_of
    from simulator.scenarios.finding import find_files
    from simulator.scenarios.loading import load

    faults: list[Fault] = []
    stories = 0
    found = find_files(files)
    for file in found:
        try:
            stories += len(load(file))
        except ScenarioError as error:
            faults += error.faults
    if as_json:
        plain = [{"file": fault.place.file, "line": fault.place.line, "text": fault.text} for fault in faults]
        print_json({"files": len(found), "stories": stories, "faults": plain})
    else:
        for fault in faults:
            tell(str(fault))
        if not faults:
            counts = f"{number_of(len(found), 'file')} with {number_of(stories, 'story', 'stories')}"
            tell(f"{counts}: nothing is wrong.")
    if faults:
        raise SystemExit(1)
