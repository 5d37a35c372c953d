"""`inbound campaigns`: what answers set off, asked about before, run, and reported after."""

from dataclasses import asdict
from typing import TextIO

import click

from inbound_core.campaign_json import campaign_to_json
from inbound_core.workspace import Workspace
from simulator.commands.options import TextFile, json_option, opened_workspace, place_options
from simulator.commands.printing import print_json, tell
from simulator.places import Place


@click.group()
def campaigns() -> None:
    """Keep campaigns, and ask about them before and after.

    \b
    A campaign is JSON, such as
      {"name": "updates", "trigger": {"keyword": {"words": ["YES"]}},
       "follow_ups": [{"template": "Hi {{ profile.first_name | default('there') }}!"}]}
    \b
    trigger     {"keyword": {"words": [...], "senders": [...]}}, {"message": {}} or {"segment": {"name": ...}}
    follow_ups  each a template, and "after": {"hours": 2} for a delay
    And where they are needed:
    frequency   {"kind": "every_time"}, {"kind": "once"} or {"kind": "once_per", "period": {"days": 7}}
    filter      a condition as segments have, asked when the trigger fires
    sender      from which number or service; else the one that was replied to
    once_per_number, active    true or false
    quiet_hours {"start": "21:00", "end": "08:00", "zone": "Europe/London", "zone_attribute": "timezone"}: what falls
                due then waits for their end; zone_attribute, if given, names where profiles hold a zone of their own
    """


@campaigns.command("list")
@place_options
@json_option
def list_(folder: str | None, database: str | None, as_json: bool) -> None:
    """List the campaigns, and which of them collide."""
    with opened_workspace(folder, database) as workspace:
        known, conflicts = workspace.campaigns.all(), workspace.campaigns.conflicts()
    if as_json:
        print_json(
            {"campaigns": [campaign_to_json(c) for c in known], "conflicts": [asdict(found) for found in conflicts]}
        )
        return
    for campaign in known:
        tell(str(campaign))
    for found in conflicts:
        tell(f"Conflict: {found}")
    if not known:
        tell("There are no campaigns yet. Try: inbound campaigns save FILE")


@campaigns.command(short_help="Save the campaign in FILE, new or changed.")
@click.argument("file", type=TextFile())
@click.option("--allow-unknown", is_flag=True, help="Let its filter ask about attributes that nobody has yet.")
@place_options
@json_option
def save(file: TextIO, allow_unknown: bool, folder: str | None, database: str | None, as_json: bool) -> None:
    """Save the campaign in FILE (or - for standard input), new or changed."""
    with opened_workspace(folder, database, makes=True) as workspace:
        saved = workspace.campaigns.save(file.read(), allow_unknown)
    if as_json:
        print_json(
            {"campaign": campaign_to_json(saved.campaign), "conflicts": [asdict(found) for found in saved.conflicts]}
        )
    else:
        tell(str(saved))


@campaigns.command(short_help="Say whom a campaign would write to, and what.")
@click.argument("name", required=False)
@click.option("--file", type=TextFile(), help="Preview the campaign in a file or - instead.")
@place_options
@json_option
def preview(name: str | None, file: TextIO | None, folder: str | None, database: str | None, as_json: bool) -> None:
    """Say whom the campaign NAME would write to, what, and which numbers would get it more than once (R13)."""
    if (name is None) == (file is None):
        raise click.UsageError("Name a campaign, or give one with --file.")
    with opened_workspace(folder, database) as workspace:
        found = workspace.campaigns.preview(name if name is not None else file.read() if file else "")
    if as_json:
        print_json({**asdict(found), "campaign": campaign_to_json(found.campaign)})
    else:
        tell(str(found))


@campaigns.command(short_help="Pause the campaign NAME.")
@click.argument("name")
@place_options
def pause(name: str, folder: str | None, database: str | None) -> None:
    """Pause the campaign NAME: it starts nothing, and what waits is refused when its time comes."""
    with opened_workspace(folder, database) as workspace:
        tell(str(workspace.campaigns.pause(name)))


@campaigns.command()
@click.argument("name")
@place_options
def resume(name: str, folder: str | None, database: str | None) -> None:
    """Let the paused campaign NAME go on."""
    with opened_workspace(folder, database) as workspace:
        tell(str(workspace.campaigns.resume(name)))


@campaigns.command()
@click.argument("name")
@place_options
def delete(name: str, folder: str | None, database: str | None) -> None:
    """Delete the campaign NAME; what it did stays in the log."""
    with opened_workspace(folder, database) as workspace:
        workspace.campaigns.delete(name)
    tell(f"Deleted {name}.")


@campaigns.command(short_help="Count what the campaign NAME did so far.")
@click.argument("name")
@place_options
@json_option
def report(name: str, folder: str | None, database: str | None, as_json: bool) -> None:
    """Count what the campaign NAME did: started, sent, delivered, failed and why, replied, opted out after."""
    with opened_workspace(folder, database) as workspace:
        found = workspace.campaigns.report(name)
    if as_json:
        print_json(asdict(found))
    else:
        tell(str(found))


@campaigns.command(short_help="Send what is due now.")
@place_options
@json_option
def run(folder: str | None, database: str | None, as_json: bool) -> None:
    """Send what is due now, through the simulator that runs on the workspace; without one it waits."""
    with opened_workspace(folder, database) as workspace:
        _connect(workspace, folder)
        done = workspace.campaigns.run_due()
        next_due = workspace.campaigns.next_due()
    if as_json:
        print_json({"messages": [asdict(message) for message in done], "next_due": next_due})
        return
    for message in done:
        tell(f"{message.status:<8} {message.message.to_phone}  {message.message.body}")
    told = f"{len(done)} done." if done else "Nothing was due."
    tell(f"{told} {f'The next is due at {next_due:%Y-%m-%d %H:%M:%S}.' if next_due else 'No follow-up waits.'}")


def _connect(workspace: Workspace, folder: str | None) -> None:
    place = Place.named(folder)
    serving = place.serving()
    if serving is not None:
        from simulator.connecting import transport_to

        workspace.outgoing.transport = transport_to(serving.url, place.account())
