"""`inbound segments`: who is in them, and what a condition would find, before it is saved."""

import json
from dataclasses import asdict
from datetime import timedelta
from math import isfinite
from typing import Any, TextIO

import click

from inbound_core.condition_json import condition_from_text, condition_schema, condition_to_json
from inbound_core.conditions import Condition
from inbound_core.segment_previews import SegmentPreview
from inbound_core.segment_records import Segment
from simulator.commands.options import TextFile, json_option, opened_workspace, place_options
from simulator.commands.printing import print_json, tell

_condition = click.option(
    "--condition",
    metavar="JSON",
    help='Such as {"attribute": {"field": "plan", "operator": "equals", "value": "pro"}}.',
)
_file = click.option("--file", "file", type=TextFile(), help="Read the condition from a file or -.")
_allow = click.option("--allow-unknown", is_flag=True, help="Let it ask about attributes that nobody has yet.")


@click.group()
def segments() -> None:
    """Keep segments, and ask about them before and after.

    A condition is JSON; `inbound segments schema` prints its JSON Schema.

    \b
    {"attribute": {"field": "plan", "operator": "equals", "value": "pro"}}
    {"event": {"name": "inbound_sms", "within": {"days": 30}, "where":
        [{"field": "keyword", "operator": "equals", "value": "YES"}]}}
    {"event": {"name": "inbound_sms", "times": {"at_most": 0}, "since": "2026-01-01T00:00:00+00:00"}}
    {"consent": {"state": "opted_out"}}    {"shared_number": {}}    {"segment": {"name": "pros"}}
    {"and": [..., ...]}    {"or": [..., ...]}    {"not": ...}
    """


@segments.command("list")
@place_options
@json_option
def list_(folder: str | None, database: str | None, as_json: bool) -> None:
    """List the segments with how many people are in each."""
    with opened_workspace(folder, database) as workspace:
        rows = [(segment, workspace.segments.count(segment.name)) for segment in workspace.segments.all()]
    if as_json:
        print_json([{**_plain(segment), "count": count} for segment, count in rows])
        return
    for segment, count in rows:
        tell(f"{count:>8,}  {segment}")
    if not rows:
        tell("There are no segments yet. Try: inbound segments save NAME --condition JSON")


@segments.command()
@click.argument("name")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1_000_000), help="How many ids.")
@place_options
@json_option
def members(name: str, limit: int, folder: str | None, database: str | None, as_json: bool) -> None:
    """List who is in the segment NAME now, in the order of entering."""
    with opened_workspace(folder, database) as workspace:
        count, ids = workspace.segments.count(name), workspace.segments.members(name, limit)
    if as_json:
        print_json({"segment": name, "count": count, "profiles": ids})
        return
    for profile_id in ids:
        tell(profile_id)
    tell(f"{count:,} in {name}.", err=True)


@segments.command()
@click.argument("name")
@_condition
@_file
@click.option("--manual", is_flag=True, help="Make it a manual segment, a list kept by hand.")
@_allow
@place_options
@json_option
def save(
    name: str,
    condition: str | None,
    file: TextIO | None,
    manual: bool,
    allow_unknown: bool,
    folder: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Save the segment NAME, new or changed, and say who moved."""
    read = None if manual else _given(condition, file)
    with opened_workspace(folder, database, makes=True) as workspace:
        if read is None:
            saved = workspace.segments.save_manual(name)
        else:
            saved = workspace.segments.save(name, read, allow_unknown)
    moves = [{"segment": m.segment, "profile": m.profile_id, "entered": m.entered} for m in saved.moves]
    if as_json:
        print_json({**_plain(saved.segment), "moves": moves})
    else:
        tell(str(saved))


@segments.command()
@click.argument("name")
@click.argument("profiles", nargs=-1, required=True)
@place_options
def add(name: str, profiles: tuple[str, ...], folder: str | None, database: str | None) -> None:
    """Add PROFILES to the manual segment NAME."""
    with opened_workspace(folder, database) as workspace:
        moves = workspace.segments.add(name, profiles)
    for move in moves:
        tell(str(move))


@segments.command()
@click.argument("name")
@click.argument("profiles", nargs=-1, required=True)
@place_options
def remove(name: str, profiles: tuple[str, ...], folder: str | None, database: str | None) -> None:
    """Take PROFILES off the manual segment NAME."""
    with opened_workspace(folder, database) as workspace:
        moves = workspace.segments.remove(name, profiles)
    for move in moves:
        tell(str(move))


@segments.command()
@click.argument("name")
@place_options
def delete(name: str, folder: str | None, database: str | None) -> None:
    """Delete the segment NAME, unless something is defined by it."""
    with opened_workspace(folder, database) as workspace:
        workspace.segments.delete(name)
    tell(f"Deleted {name}.")


@segments.command(short_help="Say who a segment or a condition finds now.")
@click.argument("name", required=False)
@_condition
@_file
@_allow
@place_options
@json_option
def preview(
    name: str | None,
    condition: str | None,
    file: TextIO | None,
    allow_unknown: bool,
    folder: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Say who the segment NAME, or a condition, finds now: how many, who shares a number, who opted out."""
    if name is not None and (condition is not None or file is not None):
        raise click.UsageError("Name a segment, or give a condition, not both.")
    asked = name if name is not None else _given(condition, file)
    with opened_workspace(folder, database) as workspace:
        found = workspace.segments.preview(asked, allow_unknown)
    if as_json:
        print_json(_plain_preview(found))
    else:
        tell(str(found))


@segments.command(short_help="Set two segments side by side.")
@click.argument("first")
@click.argument("second")
@place_options
@json_option
def diff(first: str, second: str, folder: str | None, database: str | None, as_json: bool) -> None:
    """Set two segments side by side, each by its name or as a condition in JSON."""
    with opened_workspace(folder, database) as workspace:
        found = workspace.segments.diff(first, second)
    if as_json:
        print_json(asdict(found))
    else:
        tell(str(found))


@segments.command("what-if", short_help="Say who would move with another condition or in time.")
@click.argument("name")
@_condition
@_file
@click.option("--days", type=click.FloatRange(0, 36_500), help="How many days pass.")
@_allow
@place_options
@json_option
def what_if(
    name: str,
    condition: str | None,
    file: TextIO | None,
    days: float | None,
    allow_unknown: bool,
    folder: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Say who would enter and leave the segment NAME with another condition, or when time passes."""
    change = _given(condition, file) if condition or file else None
    if change is None and days is None:
        raise click.UsageError("Say what changes: --condition, --file or --days.")
    if days is not None and not isfinite(days):
        raise click.BadParameter("Give a number of days.", param_hint="--days")
    after = None if days is None else timedelta(days=days)
    with opened_workspace(folder, database) as workspace:
        found = workspace.segments.what_if(name, change, after, allow_unknown)
    if as_json:
        print_json(asdict(found))
    else:
        tell(str(found))


@segments.command()
def schema() -> None:
    """Print the JSON Schema of conditions."""
    click.echo(json.dumps(condition_schema(), indent=2))


def _given(condition: str | None, file: TextIO | None) -> Condition:
    if (condition is None) == (file is None):
        raise click.UsageError("Give the condition once: with --condition JSON or --file FILE.")
    return condition_from_text(condition if condition is not None else file.read() if file else "")


def _plain(segment: Segment) -> dict[str, Any]:
    condition = None if segment.condition is None else condition_to_json(segment.condition)
    return {"name": segment.name, "kind": segment.kind, "condition": condition}


def _plain_preview(found: SegmentPreview) -> dict[str, Any]:
    return {
        "condition": condition_to_json(found.condition),
        "count": found.count,
        "sample": [profile.id for profile in found.sample],
        "without_number": found.without_number,
        "opted_out": found.opted_out,
        "opted_out_ids": found.opted_out_ids,
        "shared": [asdict(shared) for shared in found.shared],
    }
