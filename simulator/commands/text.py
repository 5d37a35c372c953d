"""`inbound text`: a handset texts one of the platform's numbers."""

import click

from simulator.commands.options import json_option, place_options, reach, same_place
from simulator.commands.printing import print_json, tell


@click.command()
@click.argument("from_phone", metavar="FROM")
@click.argument("body")
@click.option("--to", "to_phone", metavar="NUMBER", help="One of the platform's numbers.  [default: its first]")
@place_options
@json_option
def text(
    from_phone: str, body: str, to_phone: str | None, folder: str | None, database: str | None, as_json: bool
) -> None:
    """Text BODY from the handset FROM, and print what both sides did and why.

    FROM is a number in E.164. A simulator that runs on the workspace is used; without one, one runs for as
    long as this takes.

    \b
    Example: inbound text +12025550101 STOP
    """
    with reach(folder, database) as simulator:
        outcome = simulator.text(from_phone, body, to_phone)
    if as_json:
        print_json(outcome.to_dict())
    else:
        tell(str(outcome))
        if outcome.arrived:
            tell(f"Why: inbound why {outcome.message_sid}{same_place()}")
    if not outcome.arrived:
        raise click.ClickException("The platform did not take the message in; the lines above say what it answered.")
