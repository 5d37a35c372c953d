"""`inbound log`: the activity log of the platform."""

import click

from inbound_core.activity import ActivityKind
from inbound_core.phones import read_phone
from simulator.commands.options import json_option, opened_workspace, place_options
from simulator.commands.printing import in_line, print_json, tell

_LONGEST_SHORT_CODE = 6


@click.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many, the newest.")
@click.option("--profile", metavar="ID", help="Only what concerns this profile.")
@click.option("--phone", metavar="NUMBER", help="Only what concerns this number, best in E.164.")
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in ActivityKind]),
    metavar="KIND",
    help="Only this kind, such as opted_out.",
)
@place_options
@json_option
def log(
    limit: int,
    profile: str | None,
    phone: str | None,
    kind: str | None,
    folder: str | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Show the activity log, oldest first: what arrived, whose it was, what changed (R6, R23).

    Twilio's own answers are not in it: they do not pass through the platform (R22). What ends in a MessageSid is
    explained by `inbound why` with it, if the message arrived here.
    """
    with opened_workspace(folder, database) as workspace:
        number = phone and _number(phone, workspace.policy.default_region)
        entries = workspace.activity(limit, profile_id=profile, phone=number, kind=kind)
    if as_json:
        for entry in entries:
            print_json(entry.to_dict())
        return
    for entry in entries:
        sid = f"  {entry.message_sid}" if entry.message_sid else ""
        tell(f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.kind:<18} {in_line(entry.text)}{sid}")
    if not entries and (profile or phone or kind):
        asked = {"--profile": profile, "--phone": number, "--kind": kind}
        told = " ".join(f"{option} {value}" for option, value in asked.items() if value)
        tell(f"Nothing in the log fits {told}. Without it, inbound log shows all.")
    elif not entries:
        tell('Nothing has happened yet. Try: inbound text +12025550101 "hello"')


def _number(phone: str, default_region: str) -> str:
    """Give a number as the log has it, in E.164 or as a short code."""
    read = read_phone(phone, default_region=default_region).e164
    if read is None and not (phone.isdecimal() and len(phone) <= _LONGEST_SHORT_CODE):
        raise click.ClickException(f"{phone!r} is no phone number. Write it in E.164, such as +12025550101.")
    return read or phone
