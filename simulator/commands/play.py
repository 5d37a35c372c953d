"""`inbound play`: play scenario files, show what happens as it happens, and give a verdict."""

from pathlib import Path
from typing import Any

import click

from simulator.commands.options import json_option
from simulator.commands.printing import print_json, tell

_COLOURS = {"handset": "cyan", "carrier": "blue", "platform": "green", "fault": "red", "clock": "magenta"}
#: Options of playing story by story, by their parameters; a population and a what if take none of them.
_OF_STORIES = {
    "update": "--update",
    "over_http": "--http",
    "port": "--port",
    "application_url": "--app",
    "trace_file": "--trace",
}
_WHAT_IF = {"instead": "--instead", "policy": "--policy", "clean_phones": "--clean-phones"}


@click.command()
@click.argument("files", metavar="[FILE...]", nargs=-1)
@click.option("--list", "list_names", is_flag=True, help="Name the scenarios that come with the workbench.")
@click.option("--quiet", is_flag=True, help="Show verdicts only.")
@click.option("--update", is_flag=True, help="Show what differs from the approved transcript, and approve it.")
@click.option("--http", "over_http", is_flag=True, help="Play over real HTTP instead of in process.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="The port for HTTP; 0 means any free one.")
@click.option("--app", "application_url", metavar="URL", help="Send the webhooks to your application at this URL.")
@click.option("--trace", "trace_file", type=click.Path(dir_okay=False), help="Write everything that happened there.")
@click.option("--instead", multiple=True, metavar="LINE=TEXT", help="What if on this line something else were said?")
@click.option("--policy", multiple=True, metavar="NAME=VALUE", help="What if this switch of the policy were set?")
@click.option("--clean-phones", is_flag=True, help="What if every phone had been cleaned first?")
@click.option("--people", type=click.IntRange(1, 10_000_000), help="Draw a population this large, and play it.")
@click.option("--seed", default="population", show_default=True, help="What a population is drawn from.")
@json_option
def play(files: tuple[str, ...], list_names: bool, people: int | None, seed: str, as_json: bool, **how: Any) -> None:
    """Play scenarios and check what they expect.

    FILE is a path, a folder, the name of a scenario that comes with the workbench, or `shipped` for all of
    these. Nothing of your own workspace is touched. Exit code 0: all passed, 1: something failed.

    \b
    Examples: inbound play shared_number_stop
              inbound play tests/ --quiet
              inbound play --people 100000
              inbound play opted_out_and_in_again --instead 8=NO
    """
    if list_names:
        _list(as_json)
    elif people is not None:
        _refuse_beside("--people", {**how, "files": files}, {"files": "FILE", **_OF_STORIES, **_WHAT_IF})
        _play_people(people, seed, as_json)
    elif asked := [option for name, option in _WHAT_IF.items() if how[name]]:
        _refuse_beside(asked[0], how, _OF_STORIES)
        _compare(files, as_json, how)
    elif files:
        _play_files(files, as_json, how)
    else:
        raise click.UsageError("Name a file, a folder or a shipped scenario (inbound play --list), or --people N.")


def _refuse_beside(option: str, given: dict[str, Any], others: dict[str, str]) -> None:
    """Refuse what would be passed over without a word."""
    beside = [other for name, other in others.items() if given[name]]
    if beside:
        raise click.UsageError(f"{option} takes no {beside[0]}: leave one of them out.")


def _list(as_json: bool) -> None:
    from simulator.scenarios.loading import load, shipped

    rows = [(path.name.split(".")[0], load(path)[0]) for path in shipped()]
    if as_json:
        print_json([{"name": name, "about": story.about, "rules": list(story.rules)} for name, story in rows])
        return
    for name, story in rows:
        tell(f"{name:<28}{', '.join(story.rules):<24}{story.about}")


def _play_files(files: tuple[str, ...], as_json: bool, how: dict[str, Any]) -> None:
    from simulator.scenarios.approvals import approval_of
    from simulator.scenarios.errors import Fault, ScenarioError
    from simulator.scenarios.finding import find_files
    from simulator.scenarios.loading import load
    from simulator.scenarios.playing import Verdict
    from simulator.scenarios.playing import play as play_story
    from simulator.scenarios.world import WorldConfig

    _check_application(how["application_url"])
    over_http = how["over_http"] or how["application_url"] is not None or how["port"] != 0
    config = WorldConfig(over_http, how["port"], how["application_url"])
    _open_trace(how["trace_file"])
    verdicts: list[Verdict] = []
    faults: list[Fault] = []
    differing: list[str] = []
    for file in find_files(files):
        own = []
        try:
            for story in load(file):
                show = not how["quiet"] and not as_json
                if show:
                    tell(f"\n{story.name}", bold=True)
                own.append(play_story(story, config, _show(story.start) if show else None))
                if not as_json:
                    _tell_verdict(own[-1], show)
        except ScenarioError as error:
            # The other files are played all the same.
            faults += error.faults
            tell(f"\n{error}", fg="red", err=True)
        verdicts += own
        if own and _approve(approval_of(str(file), own), how["update"], as_json):
            differing.append(str(file))
    failed = sum(not verdict.passed for verdict in verdicts)
    if as_json:
        counts = {"passed": len(verdicts) - failed, "failed": failed, "differing": differing}
        wrong = [{"file": one.place.file, "line": one.place.line, "text": one.text} for one in faults]
        print_json({**counts, "faults": wrong, "stories": [one.to_dict() for one in verdicts]})
    else:
        unplayed = len({fault.place.file for fault in faults})
        more = f", {unplayed} not playable" if unplayed else ""
        tell(f"\n{len(verdicts) - failed} passed, {failed} failed{more}.")
    _write_trace(how["trace_file"], "".join(verdict.trace for verdict in verdicts))
    if failed or faults or differing:
        raise SystemExit(1)


def _check_application(url: str | None) -> None:
    """Refuse an address that no webhook would ever reach, before everything is played in vain."""
    from simulator.carrier import fetching
    from simulator.guard import LOOPBACK

    if url is not None and not (fetching.is_well_formed(url) and fetching.is_allowed(url, LOOPBACK)):
        text = f"{url} is no address on this machine, and webhooks go to no other. Write http://127.0.0.1:5001/sms."
        raise click.BadParameter(text, param_hint="--app")


def _open_trace(file: str | None) -> None:
    """Find out before anything is played whether the trace can be written."""
    try:
        if file is not None:
            Path(file).open("a", encoding="utf-8").close()
    except OSError as error:
        text = f"{file} cannot be written: {error.strerror}. Name a file in a folder that is there."
        raise click.BadParameter(text, param_hint="--trace") from error


def _write_trace(file: str | None, trace: str) -> None:
    try:
        if file is not None:
            Path(file).write_text(trace, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"The trace was not written to {file}: {error.strerror}.") from error


def _compare(files: tuple[str, ...], as_json: bool, how: dict[str, Any]) -> None:
    """Play stories as they are and as they would have been, and show what differs."""
    from simulator.scenarios.documents import read_document
    from simulator.scenarios.finding import find_files
    from simulator.scenarios.forks import Fork, stories_of, what_if
    from simulator.scenarios.loading import load

    says = dict(_pair(text) for text in how["instead"])
    policy = {name: read_document(value, "--policy").plain for name, value in map(_pair, how["policy"])}
    if not all(line.isdecimal() for line in says):
        raise click.BadParameter("Write it as LINE=TEXT, such as 9=NO.", param_hint="--instead")
    fork = Fork({int(line): text or None for line, text in says.items()}, policy, clean_phones=how["clean_phones"])
    for file in find_files(files):
        for story in stories_of(load(file), fork):
            comparison = what_if(story, fork)
            if as_json:
                print_json({"name": story.name, **comparison.to_dict()})
            else:
                tell(f"\n{story.name}", bold=True)
                tell(str(comparison))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} has no =.")
    return name.strip(), value


def _show(start: Any) -> Any:
    def show(entry: Any) -> None:
        if entry.told:
            tell("  " + entry.line(start), fg=_COLOURS.get(entry.side))

    return show


def _tell_verdict(verdict: Any, shown: bool) -> None:
    if verdict.passed:
        tell(f"  {verdict.report()}", fg="green")
    else:
        tell(f"\n{verdict.failed() if shown else verdict.report()}", fg="red", err=True)


def _approve(approval: Any, update: bool, as_json: bool) -> bool:
    """Compare with the approved transcript or approve a new one; tell whether they differ and stay so."""
    if update:
        for line in approval.diff():
            tell(line, err=as_json)
        if not approval.passed:
            tell("Nothing was approved, because a story failed: mend it first.", err=True)
        elif approval.approved != approval.seen:
            approval.approve()
            tell(f"Approved: {approval.path}", err=as_json)
        return False
    if not approval.differs:
        return False
    tell(f"\n{approval.report()}", err=True)
    return True


def _play_people(people: int, seed: str, as_json: bool) -> None:
    from rich.progress import Progress

    from simulator.scenarios.population import play_population

    with Progress(transient=True, disable=as_json) as progress:
        task = progress.add_task("Playing", total=None)
        summary = play_population(people, seed, lambda done, total: progress.update(task, completed=done, total=total))
    if as_json:
        print_json(summary.to_dict())
    else:
        tell(str(summary))
