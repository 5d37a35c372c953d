"""The `inbound` command: each subcommand lives in a module of its own, loaded when it is called."""

import errno
import sys
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NoReturn

import click

from inbound_core.errors import InboundError
from simulator.commands.printing import visible

#: Subcommand -> where it lives, and its line in the overview. What is not installed is not listed.
COMMANDS = {
    "lab": ("simulator.commands.lab:lab", "Start the simulator and JupyterLab at the first notebook."),
    "demo": ("simulator.commands.demo:demo", "Play the documentation's whole story here in the terminal."),
    "serve": ("simulator.commands.serve:serve", "Run the simulator for your application and your browser."),
    "proxy": ("simulator.commands.proxy:proxy", "Lead an unchanged application to the simulator."),
    "text": ("simulator.commands.text:text", "Let a handset text, and see both sides and why."),
    "log": ("simulator.commands.log:log", "Show the activity log."),
    "people": ("simulator.commands.people:people", "Import and list the people of the workspace."),
    "audit": ("simulator.commands.audit:audit", "Audit the phones of a customer table, and write a cleaned one."),
    "segments": ("simulator.commands.segments:segments", "Keep segments: who is in, and who would be."),
    "campaigns": ("simulator.commands.campaigns:campaigns", "Keep campaigns that replies and segments set off."),
    "why": ("simulator.commands.why:why", "Ask why somebody is in a segment, or why a campaign did not fire."),
    "play": ("simulator.commands.play:play", "Play scenario files: what happens, and a verdict."),
    "record": ("simulator.commands.record:record", "Save what was texted by hand as a scenario."),
    "replay": ("simulator.commands.replay:replay", "Send recorded webhooks again, or print them as curl."),
    "lint": ("simulator.commands.lint:lint", "Check scenario files without playing them."),
}


class InboundGroup(click.Group):
    """Load a subcommand when it is named, and show errors as sentences instead of tracebacks."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the subcommands in the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one subcommand, or None when there is none of that name."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand that is named, or propose the nearest."""
        near = get_close_matches(args[0], COMMANDS, 1)
        if near and args[0] not in COMMANDS and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Turn the workbench's own errors, the fake Twilio's and the system's into a message and exit code 1."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            vars(error)["message"] = visible(error.message)  # typed as final, and yet the one place for it
            raise
        except InboundError as error:
            raise click.ClickException(visible(str(error))) from error
        except (ValueError, LookupError, OSError) as error:
            explained = _explained(error)
            if explained is None:
                raise
            raise click.ClickException(visible(explained)) from error


def _explained(error: Exception) -> str | None:
    """Say what was wrong where a person can mend it; None for a mistake of ours."""
    # Loaded only now: most commands do without the carrier, which knows nothing of our errors.
    from simulator.carrier.errors import CarrierError

    if isinstance(error, CarrierError):
        return str(error)
    if isinstance(error, UnicodeEncodeError):
        # So Python keeps what of the command line it cannot read.
        near = error.object[max(0, error.start - 20) : error.end + 20]
        return f"{near!r} holds bytes that are no UTF-8. Write it in UTF-8, or paste it anew."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        with suppress(OSError):
            sys.stdout.close()  # else the interpreter tries once more at its end, and fails with a traceback
        return f"No room was left to write{f' {error.filename}' if error.filename else ''}. Make some, and try again."
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}. Name another one."
    return None


@click.group(cls=InboundGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inbound-workbench", prog_name="inbound")
def cli() -> None:
    """See on your own machine what happens when people answer your SMS.

    Exit codes: 0 done, 1 refused or failed with the reason on standard error, 2 wrong usage.
    """


def main() -> NoReturn:
    """Run the command line."""
    sys.exit(cli())


if __name__ == "__main__":
    main()
