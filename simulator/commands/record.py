"""`inbound record`: save what was texted by hand as a scenario, its expectations filled in."""

from pathlib import Path

import click

from simulator.commands.options import opened_workspace, place_options


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", help="What the scenario is called.  [default: the file's name]")
@place_options
def record(file: Path, name: str | None, folder: str | None, database: str | None) -> None:
    """Save the conversations of the workspace as the scenario FILE (ending in .scenario.yaml).

    What people said and what was sent become steps; what they heard, whose each reply was and what it did
    become expectations. Play it with `inbound play FILE`.
    """
    from simulator.commands.replay import opened_carrier
    from simulator.scenarios.recording import record as record_scenario

    with opened_workspace(folder, database) as workspace, opened_carrier(folder) as carrier:
        text = record_scenario(workspace, carrier, name or file.name.split(".")[0])
    if file.exists():
        raise click.ClickException(f"{file} is there already. Name another file, or remove it first.")
    file.write_text(text, encoding="utf-8")
    click.echo(f"Saved {file}. Play it with: inbound play {file}")
