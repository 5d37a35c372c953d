"""People changed from several threads at once, while no segment exists: nothing is lost, and nobody waits for ever."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from inbound_core import Workspace
from tests.stores import SteppingClock, store_url


@pytest.fixture
def on_server(tmp_path: Path) -> Iterator[Workspace]:
    """Give an empty workspace on the one kind of store where transactions go on beside each other."""
    with store_url("postgresql", tmp_path) as url, Workspace.open(url, now=SteppingClock()) as ws:
        yield ws


@pytest.mark.postgres
def test_an_event_that_overtakes_another_does_not_take_its_place(on_server: Workspace) -> None:
    on_server.identify("slow", {})
    on_server.identify("quick", {})
    logged: list[str] = []

    def overtake(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO activities") and not logged:
            logged.append(statement)
            with ThreadPoolExecutor(1) as beside:
                assert beside.submit(on_server.track, "quick", "bought").result(timeout=60)

    event.listen(on_server.store.engine, "after_cursor_execute", overtake)
    assert on_server.track("slow", "bought")

    assert [len(on_server.events(person)) for person in ("slow", "quick")] == [1, 1]
