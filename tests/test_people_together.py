"""People changed from several threads at once, while no segment exists: nothing is lost, and nobody waits for ever."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from inbound_core import Workspace
from inbound_core.condition_words import attribute
from inbound_core.profiles import Profile
from tests.stores import SteppingClock, store_url
from tests.waiting import wait_until


@pytest.fixture
def on_server(tmp_path: Path) -> Iterator[Workspace]:
    """Give an empty workspace on the one kind of store where transactions go on beside each other."""
    with store_url("postgresql", tmp_path) as url, Workspace.open(url, now=SteppingClock()) as ws:
        yield ws


def waiting(ws: Workspace) -> int:
    """Count the transactions that wait for another one's lock."""
    with ws.store.read() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0)


@pytest.mark.postgres
def test_all_who_wait_for_the_first_segment_go_on_and_are_in_it(on_server: Workspace) -> None:
    people = [f"person {number}" for number in range(8)]
    on_server.identify("first", {"plan": "pro"})
    begun: list[Future[Profile]] = []
    with ThreadPoolExecutor(len(people)) as beside:

        def crowd_in(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("INSERT INTO segments") and not begun:
                begun.extend(beside.submit(on_server.identify, person, {"plan": "pro"}) for person in people)
                wait_until(lambda: waiting(on_server) == len(people))

        event.listen(on_server.store.engine, "before_cursor_execute", crowd_in)
        on_server.segments.save("pros", attribute("plan").equals("pro"))
        for one in begun:
            one.result(timeout=60)

    assert sorted(on_server.segments.members("pros")) == sorted(["first", *people])


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
