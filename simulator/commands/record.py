"""`inbound record`: save what was texted by hand as a scenario, its expectations filled in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from inbound_core.storage.tables import outbox
from inbound_core.workspace import Workspace
from simulator.commands.options import opened_workspace, place_options
from simulator.commands.printing import tell


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", help="What the scenario is called.  [default: the file's name]")
@place_options
def record(file: Path, name: str | None, folder: str | None, database: str | None) -> None:
    """Save the conversations of the workspace as the scenario FILE (ending in .scenario.yaml).

    What people said and what was sent become steps; what they heard, whose each reply was and what it did
    become expectations. Play it with `inbound play FILE`.
    """
    from simulator.carrier import MessageFilter
    from simulator.commands.replay import opened_carrier
    from simulator.scenarios.recording import record as record_scenario
    from simulator.whole_files import write_whole

    _check(file)
    with opened_workspace(folder, database) as workspace, opened_carrier(folder) as carrier:
        if not carrier.messages(1, MessageFilter(listed_only=False)):
            raise click.ClickException('There is nothing to record yet. Text first: inbound text +12025550101 "hello"')
        text = record_scenario(workspace, carrier, name or file.name.split(".")[0])
        silent = list(_of_silent_campaigns(workspace, carrier))
    try:
        write_whole(file, text)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}. Name another file.") from error
    tell(f"Saved {file}. Play it with: inbound play {file}")
    if silent:
        tell("Playing fails at what these campaigns sent, as they answer nobody any more:", err=True)
        for campaign, what, phone, body in silent:
            tell(f"  {campaign} (was {what}): {body!r} to {phone}", err=True)
        tell("Take those expectations out of the file, or bring the campaigns back and record anew.", err=True)


def _check(file: Path) -> None:
    """Refuse a file that cannot be made, or that nothing would find, before any work is done."""
    from simulator.scenarios.loading import SUFFIX

    if not file.name.endswith(SUFFIX) or file.name == SUFFIX:
        right = file.with_name(f"{file.name.split('.')[0] or 'talk'}{SUFFIX}")
        raise click.ClickException(
            f"{file} is no name for a scenario: `inbound play FOLDER` and pytest find those that end in {SUFFIX}. "
            f"Try: inbound record {right}"
        )
    if file.exists():
        raise click.ClickException(f"{file} is there already. Name another file, or remove it first.")
    if not file.parent.is_dir():
        raise click.ClickException(f"There is no folder {file.parent} to write {file.name} into. Make it first.")


def _of_silent_campaigns(workspace: Workspace, carrier: Any) -> Iterator[tuple[str, str, str, str]]:
    """Yield what arrived of campaigns that were deleted or paused since: played again, they send nothing."""
    active = {campaign.name: campaign.active for campaign in workspace.campaigns.all()}
    query = select(outbox.c.campaign, outbox.c.to_phone, outbox.c.body, outbox.c.message_sid)
    query = query.where(outbox.c.campaign.is_not(None), outbox.c.message_sid.is_not(None)).order_by(outbox.c.number)
    with workspace.store.read() as connection:
        rows = connection.execute(query).all()
    for row in rows:
        if not active.get(row.campaign) and carrier.message(row.message_sid).status == "delivered":
            yield row.campaign, "paused" if row.campaign in active else "deleted", row.to_phone, row.body
