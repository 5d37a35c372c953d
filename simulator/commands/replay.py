"""`inbound replay`: send recorded webhooks again, to any application, or write them as curl."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import click

from simulator.commands.options import Times, existing_place, json_option, place_options
from simulator.commands.printing import print_json, tell


@contextmanager
def opened_carrier(folder: str | None) -> Iterator[Any]:
    """Open the fake Twilio of a workspace folder to look at it; its clock stands still, so nothing is sent."""
    from simulator.carrier import Carrier, CarrierConfig
    from simulator.clock import VirtualClock

    place = existing_place(folder)
    account = place.account()
    config = CarrierConfig(account.account_sid, account.auth_token, database_url=place.carrier_url)
    carrier = Carrier(config, VirtualClock(datetime.now(UTC)))
    try:
        yield carrier
    finally:
        carrier.close()


@click.command()
@click.argument("message_sid", metavar="[MESSAGE_SID]", required=False)
@click.option("--to", "url", metavar="URL", help="Where to send them.  [default: where they went]")
@click.option("--set", "edits", multiple=True, metavar="NAME=VALUE", help="Change a field, such as Body=STOP.")
@click.option("--handset", metavar="NUMBER", help="Only the conversation of this handset.")
@click.option(
    "--spacing",
    default=0.0,
    show_default=True,
    type=Times(),
    help="Times the original pauses; 0 sends at once.",
)
@click.option("--copies", default=1, show_default=True, type=click.IntRange(1, 100), help="Send each this often.")
@click.option("--fresh-sids", is_flag=True, help="Make new messages of them, so that they count again.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="Let them go to a host that is not this machine.")
@click.option("--curl", "as_curl", is_flag=True, help="Print them as curl commands and send nothing.")
@place_options
@json_option
def replay(message_sid: str | None, folder: str | None, database: str | None, as_json: bool, **how: Any) -> None:
    """Send the webhook of MESSAGE_SID again, or without one those of all messages, oldest first.

    Each is signed anew for its URL, so an application with the same auth token takes it.

    \b
    Example: inbound replay --to http://127.0.0.1:5001/sms --set Body=STOP --fresh-sids
    """
    from simulator.replaying import LOOPBACK, ReplayPlan, requests_of
    from simulator.replaying import replay as replay_attempts

    edits = dict(_edit(text) for text in how["edits"])
    with opened_carrier(folder) as carrier:
        attempts = [one for one in carrier.attempts(message_sid, 1_000_000) if _is_meant(one, how["handset"])]
        others = bool(attempts) or any(_is_meant(one, None) for one in carrier.attempts())
        plan = ReplayPlan(
            carrier.auth_token,
            how["url"],
            edits,
            how["spacing"],
            how["copies"],
            how["fresh_sids"],
            (*LOOPBACK, *how["allow_host"]),
        )
    if not attempts:
        raise click.ClickException(_none_recorded(message_sid, others))
    _check_edits(edits, {name for one in attempts for name, _ in one.form})
    if how["as_curl"]:
        for request in requests_of(attempts, plan):
            tell(request.curl())
        return
    failed, unheard = 0, False
    for replayed in replay_attempts(attempts, plan):
        failed += replayed.status is None or replayed.status >= 400
        unheard |= replayed.status is None
        if as_json:
            answer = {"status": replayed.status, "body": replayed.body, "error": replayed.error}
            print_json({"url": replayed.request.url, **answer, "before": replayed.status_before})
        else:
            tell(str(replayed))
    if failed:
        where = (
            "Start your application there" if how["url"] else "Start `inbound serve`, or name an application with --to"
        )
        hint = f" Nothing answered: is it running? {where}." if unheard else ""
        raise click.ClickException(f"{failed} of them {'was' if failed == 1 else 'were'} not taken.{hint}")


def _check_edits(edits: Mapping[str, str], known: set[str]) -> None:
    """Refuse a field that is only misspelt; one that is like no other is added, as other webhooks may have it."""
    by_lower = {name.lower(): name for name in known}
    for name in edits.keys() - known:
        near = get_close_matches(name.lower(), by_lower, 1, 0.75)
        if near:
            text = f"No webhook here has the field {name}. Did you mean {by_lower[near[0]]}?"
            raise click.BadParameter(text, param_hint="--set")


def _none_recorded(message_sid: str | None, others: bool) -> str:
    if not others:
        return "No such webhook was recorded. Text first: inbound text +12025550101 hello"
    asked = f"of the message {message_sid}" if message_sid else "of that handset"
    return f"No webhook {asked} was recorded, though others were: inbound log shows what arrived, with the sids."


def _is_meant(attempt: Any, handset: str | None) -> bool:
    return attempt.kind == "inbound" and (handset is None or ("From", handset) in attempt.form)


def _edit(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} has no =. Write it as Body=STOP.", param_hint="--set")
    return name, value
