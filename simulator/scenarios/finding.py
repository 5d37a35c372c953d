"""Finding: the scenario files that somebody means by a path, a folder, or the name of one that ships."""

from collections.abc import Sequence
from pathlib import Path

from simulator.scenarios.errors import Place, ScenarioError, nearest
from simulator.scenarios.loading import SUFFIX, shipped


class NoSuchScenario(ScenarioError):
    """Report a name that no file and no shipped scenario has; it has no lines to point at."""

    def __str__(self) -> str:
        return "\n".join(f"{fault.place.file}: {fault.text}" for fault in self.faults)


def find_files(given: Sequence[str]) -> list[Path]:
    """Give the files that are meant, in order, each once; raise `ScenarioError` for what is none."""
    found: dict[Path, None] = {}
    for name in given:
        for path in _meant(name):
            found.setdefault(path)
    return list(found)


def shipped_names() -> list[str]:
    """Name the scenarios that come with the workbench."""
    return [path.name.removesuffix(SUFFIX) for path in shipped()]


def _meant(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        files = sorted(path.rglob(f"*{SUFFIX}"))
        if not files:
            raise ScenarioError.at(Place(name, 1), f"The folder has no *{SUFFIX} files.")
        return files
    if path.is_file():
        return [path]
    if name == "shipped":
        return list(shipped())
    for one in shipped():
        if one.name.removesuffix(SUFFIX) == name:
            return [one]
    beside = [str(other) for other in path.parent.glob(f"*{SUFFIX}")] if path.parent.is_dir() else []
    raise NoSuchScenario.at(Place(name, 1), f"There is no such file. {nearest(name, [*beside, *shipped_names()])}")
