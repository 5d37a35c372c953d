"""Loading: a scenario file, checked, as the stories that it holds: each cell of its matrix, each of its branches."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from simulator.durations import time_of
from simulator.scenarios.cells import cell_name, cells_of, filled, visible
from simulator.scenarios.documents import Document, Path, read_document, read_file
from simulator.scenarios.errors import Fault, Place, ScenarioError, nearest
from simulator.scenarios.meaning import meaning_faults
from simulator.scenarios.records import USUAL_START, Application, PersonPlan, Scenario, SenderPlan, Step
from simulator.scenarios.shape import matrix_faults, shape_faults

SUFFIX = ".scenario.yaml"
#: Files that include files that include files.
DEEPEST_INCLUDE = 5

#: The senders of a scenario that names none: a messaging service with two numbers, and a number on its own.
USUAL_SENDERS = (
    SenderPlan("news", ("+12025550142", "+12025550143"), "Workbench"),
    SenderPlan("alerts", ("+12025550199",)),
)


def load(path: str | FilePath) -> tuple[Scenario, ...]:
    """Read a scenario file into its stories; raise `ScenarioError` with all that is wrong, by line."""
    return _scenarios(read_file(FilePath(path)))


def load_text(text: str, file: str = "<text>") -> tuple[Scenario, ...]:
    """Read a scenario from text, as `load` does from a file; includes are looked for beside `file`."""
    return _scenarios(read_document(text, file))


def shipped() -> tuple[FilePath, ...]:
    """Give the scenario files that come with the workbench, by name."""
    return tuple(sorted((FilePath(__file__).parent / "shipped").glob(f"*{SUFFIX}")))


def _scenarios(document: Document) -> tuple[Scenario, ...]:
    if not isinstance(document.plain, dict):
        raise ScenarioError.at(Place(document.file, 1), "A scenario is a mapping: version, people, steps.")
    faults = list(matrix_faults(document))
    if faults:
        raise ScenarioError(faults)
    found: list[Scenario] = []
    for cell in cells_of(document):
        found += _stories(filled(document, cell), cell)
    return tuple(_told_apart(found))


def _told_apart(stories: Iterable[Scenario]) -> Iterator[Scenario]:
    """Number the stories that are named the same, such as cells whose long texts begin alike."""
    seen: Counter[str] = Counter()
    for story in stories:
        seen[story.name] += 1
        count = seen[story.name]
        yield story.changed(name=f"{story.name} #{count}") if count > 1 else story


def _stories(document: Document, cell: Mapping[str, Any]) -> list[Scenario]:
    faults = list(shape_faults(document))
    if faults:
        raise ScenarioError(faults)
    main = _scenario(document, cell)
    stories = [main, *_branches(document, main, cell)]
    faults = [fault for story in stories for fault in meaning_faults(story, document.place)]
    if faults:
        raise ScenarioError(faults)
    return stories


def _scenario(document: Document, cell: Mapping[str, Any]) -> Scenario:
    plain = document.plain
    name = plain.get("name") or FilePath(document.file).name.removesuffix(SUFFIX)
    return Scenario(
        name=f"{visible(name)} [{cell_name(cell)}]" if cell else visible(name),
        file=document.file,
        seed=str(plain.get("seed", name)),
        start=_time(document, ("clock", "start"), USUAL_START),
        senders=_senders(document),
        people=tuple(_person(document, key) for key in plain["people"]),
        steps=tuple(_steps(document, ("steps",), cell)),
        about=plain.get("about", ""),
        rules=tuple(plain.get("rules", ())),
        region=plain.get("region", "us"),
        policy=plain.get("policy", {}),
        segments=plain.get("segments", {}),
        campaigns=plain.get("campaigns", {}),
        application=Application(**plain["application"]) if "application" in plain else None,
        unexpected=plain.get("unexpected", "fail"),
    )


def _branches(document: Document, main: Scenario, cell: Mapping[str, Any]) -> Iterator[Scenario]:
    """Yield each branch as a story of its own: the steps up to its snapshot, then its own.

    Every story gives the same result every time, so playing the way to a snapshot again is the snapshot.
    """
    snapshots = {str(step.value): index for index, step in enumerate(main.steps) if step.kind == "snapshot"}
    for name, branch in document.plain.get("branches", {}).items():
        path: Path = ("branches", name)
        if branch["from"] not in snapshots:
            raise ScenarioError.at(
                document.place((*path, "from")), f"No snapshot is named {branch['from']}. "
                f"{nearest(branch['from'], snapshots)}"
            )  # fmt: skip
        before = main.steps[: snapshots[branch["from"]] + 1]
        own = tuple(_steps(document, (*path, "steps"), cell))
        yield main.changed(name=f"{main.name} / {name}", steps=before + own, about=branch.get("about", main.about))


def _senders(document: Document) -> tuple[SenderPlan, ...]:
    plans = []
    for name, sender in document.plain.get("senders", {}).items():
        numbers = tuple(sender.get("numbers", ())) + ((sender["number"],) if "number" in sender else ())
        place = document.place(("senders", name))
        if not numbers:
            raise ScenarioError.at(place, f"The sender {name} has no number: give it number or numbers.")
        if len(numbers) > 1 and "service" not in sender:
            raise ScenarioError.at(place, f"Several numbers of one sender form a service: give {name} a service.")
        if sender.get("advanced_opt_out") and "service" not in sender:
            raise ScenarioError.at(place, f"Advanced Opt-Out belongs to a messaging service: give {name} a service.")
        plans.append(
            SenderPlan(
                name,
                numbers,
                sender.get("service"),
                sender.get("managed", False),
                sender.get("advanced_opt_out", False),
            )
        )
    return tuple(plans) or USUAL_SENDERS


def _person(document: Document, name: str) -> PersonPlan:
    given = document.plain["people"][name]
    path: Path = ("people", name)
    return PersonPlan(
        name=name,
        number=given["number"],
        phone=given.get("phone", given["number"]),
        has_profile=given.get("profile", True),
        created=_time(document, (*path, "created"), None) if "created" in given else None,
        attributes=given.get("attributes", {}),
        persona=given.get("persona"),
        reach=given.get("reach", "on"),
    )


def _time(document: Document, path: Path, otherwise: Any) -> Any:
    value: Any = document.plain
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return otherwise
    try:
        return time_of(value)
    except ValueError as error:
        raise ScenarioError.at(document.place(path), str(error)) from error


def _steps(
    document: Document, path: Path, cell: Mapping[str, Any], within: tuple[FilePath, ...] = ()
) -> Iterator[Step]:
    values: Any = document.plain
    for part in path:
        values = values[part]
    for index, raw in enumerate(values):
        ((key, value),) = raw.items()
        place = document.place((*path, index, key))
        if key == "include":
            yield from _included(document, place, str(value), cell, within)
            continue
        actor, _, verb = key.rpartition(".")
        yield Step(verb, value, place, actor or None)


def _included(
    document: Document, place: Place, name: str, cell: Mapping[str, Any], within: tuple[FilePath, ...]
) -> Iterator[Step]:
    folder = FilePath(document.file).resolve().parent
    target = (folder / name).resolve()
    if not target.is_relative_to(folder):
        raise ScenarioError.at(place, f"{name} lies outside the scenario's folder. Include files beside it or below.")
    if target in within or len(within) >= DEEPEST_INCLUDE:
        raise ScenarioError.at(place, f"{name} includes itself, or files include each other too deeply.")
    if not target.is_file():
        beside = [path.name for path in folder.glob("*.yaml")]
        raise ScenarioError.at(place, f"There is no file {name} beside {document.file}. {nearest(name, beside)}")
    found = filled(read_file(target), cell)
    faults = list(shape_faults(found, steps_only=True))
    if faults:
        raise ScenarioError([Fault(place, f"{name} is no list of steps."), *faults])
    yield from _steps(found, (), cell, (*within, target))
