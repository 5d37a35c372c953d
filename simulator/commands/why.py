"""`inbound why`: why somebody is in a segment or not, why a message did what it did, why a campaign did not fire."""

import re
from dataclasses import asdict
from difflib import get_close_matches

import click

from inbound_core.activity import ActivityKind
from inbound_core.people import UnknownProfile
from inbound_core.workspace import Workspace
from simulator.commands.options import json_option, opened_workspace, place_options
from simulator.commands.printing import print_json, tell

_MOVES = (ActivityKind.ENTERED_SEGMENT, ActivityKind.LEFT_SEGMENT)
_MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
#: Among how many profiles one is looked for that a misspelt id may mean.
_LOOKED_AT = 2000


@click.command()
@click.argument("who")
@click.argument("what", required=False)
@place_options
@json_option
def why(who: str, what: str | None, folder: str | None, database: str | None, as_json: bool) -> None:
    """Explain a membership, a message, or a campaign that did not fire.

    \b
    inbound why PROFILE SEGMENT    which questions of the segment hold for the profile
    inbound why MESSAGE            what a message (its MessageSid) did, and by which rules
    inbound why MESSAGE CAMPAIGN   what stopped a campaign, or what became of its follow-ups
    """
    with opened_workspace(folder, database) as workspace:
        found: object
        if not _MESSAGE_SID.fullmatch(who):
            if what is None:
                raise click.UsageError("Name a segment too: inbound why PROFILE SEGMENT.")
            _check_profile(workspace, who)
            found = workspace.segments.why(who, what)
            plain = asdict(found)
        elif what is None:
            explanation = workspace.explain(who)
            moves = [e.text for kind in _MOVES for e in workspace.activity(message_sid=who, kind=kind)]
            found = "\n".join([str(explanation), *(f"  R1   {move}" for move in moves)])
            plain = {**explanation.to_dict(), "moves": moves}
        else:
            found = answer = workspace.campaigns.why_not(who, what)
            plain = asdict(answer)
    if as_json:
        print_json(plain)
    else:
        tell(str(found))


def _check_profile(workspace: Workspace, profile_id: str) -> None:
    """Blame the profile before the segment: it is named first."""
    if workspace.profile(profile_id) is None:
        near = get_close_matches(profile_id, [profile.id for profile in workspace.profiles(_LOOKED_AT)], 1)
        hint = f" Did you mean {near[0]}?" if near else " `inbound people list` shows those that are there."
        raise UnknownProfile(f"No profile has the id {profile_id!r}.{hint}")
