"""Pytest plugin: `*.scenario.yaml` files are tests, and fixtures give a simulator, handsets and the clock.

It is loaded by its entry point and costs nothing until a fixture or a scenario file is used.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.clock import VirtualClock
    from simulator.scenarios.bench import Bench, Handset
    from simulator.scenarios.records import Scenario

_SUFFIX = ".scenario.yaml"
_BENCH = pytest.StashKey[Any]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Collect scenario files as tests."""
    if file_path.name.endswith(_SUFFIX):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    """Be one scenario file; each of its stories is a test."""

    def collect(self) -> Iterable["ScenarioItem"]:
        """Yield a test for each cell of the matrix and each branch; a fault of the file fails its collection."""
        from simulator.scenarios.errors import ScenarioError
        from simulator.scenarios.loading import load

        try:
            stories = load(self.path)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from error
        names = [story.name for story in stories]
        for story in stories:
            yield ScenarioItem.from_parent(self, name=story.name, story=story, stories=names)


class ScenarioItem(pytest.Item):
    """Be one story as a test; `stories` names all of its file."""

    def __init__(self, *, story: "Scenario", stories: list[str], **more: Any) -> None:
        super().__init__(**more)
        self.story, self.stories = story, stories

    def runtest(self) -> None:
        """Play the story, and compare it with the approved transcript if there is one, as `inbound play` does."""
        from simulator.scenarios.approvals import approval_of_story
        from simulator.scenarios.playing import play

        verdict = play(self.story)
        if not verdict.passed:
            raise ScenarioFailed(verdict.report())
        approval = approval_of_story(verdict, self.stories)
        if approval.differs:
            raise ScenarioFailed(approval.report())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show what a reader of the scenario understands, and no traceback of ours."""
        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the file and the story."""
        return self.path, 0, f"scenario: {self.name}"


class ScenarioFailed(AssertionError):
    """Report a story whose expectations were not met, or whose transcript is another than the approved one."""


@pytest.fixture
def simulator(request: pytest.FixtureRequest) -> Iterator["Bench"]:
    """Give a simulator over real HTTP on a free port and a clock that stands still; see `Bench`.

    A message to a handset that the test has not expected fails it, with the transcript, unless the test says
    `simulator.allow_unexpected()`. Replies go to the platform, or from `simulator.send_webhooks_to(url)` on to an
    application of your own. Each test has its own simulator, so tests may run side by side.
    """
    from simulator.scenarios.bench import Bench

    with Bench(seed=request.node.nodeid) as bench:
        request.node.stash[_BENCH] = bench
        yield bench


@pytest.fixture
def handset(simulator: "Bench") -> Callable[[str], "Handset"]:
    """Give handsets by number: `handset("+12025550101").says("STOP")`."""
    return simulator.handset


@pytest.fixture
def clock(simulator: "Bench") -> "VirtualClock":
    """Give the clock of the simulator, which stands still until it is moved."""
    return simulator.clock


@pytest.fixture
def scenario() -> Callable[..., Any]:
    """Give a function that plays a scenario, a path or a text, and fails the test when it fails.

    It gives the verdicts, one for each story of the file.
    """

    def run(source: str | Path, **config: Any) -> list[Any]:
        from simulator.scenarios.approvals import approval_of
        from simulator.scenarios.loading import load, load_text
        from simulator.scenarios.playing import WorldConfig, play

        is_text = isinstance(source, str) and ("\n" in source or source.lstrip().startswith("{"))
        stories = load_text(str(source)) if is_text else load(source)
        verdicts = [play(story, WorldConfig(**config)) for story in stories]
        for verdict in verdicts:
            if not verdict.passed:
                # A text is in no file that could be played again.
                again = f"\n\nPlay it again: inbound play {verdict.scenario.file}"
                report = verdict.report()
                pytest.fail(report.removesuffix(again) if is_text else report, pytrace=False)
        if not is_text and (approval := approval_of(str(source), verdicts)).differs:
            pytest.fail(approval.report(), pytrace=False)
        return verdicts

    return run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Fail a test that passed but left messages on handsets that it did not expect."""
    found = yield
    bench = item.stash.get(_BENCH, None)
    if bench is not None:
        bench.refuse_unexpected()
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Put the transcript under the failure of a test that used the simulator."""
    report = yield
    bench = item.stash.get(_BENCH, None)
    if bench is not None and call.when == "call" and report.failed:
        report.sections.append(("SMS transcript", "\n".join(bench.transcript())))
    return report
