"""People changed from several threads at once, while no segment exists: nothing is lost, and nobody waits for ever."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event, text

from inbound_core import Workspace, people_import
from inbound_core.condition_words import attribute
from inbound_core.people_import import ImportRow, import_people
from inbound_core.profiles import Profile
from tests.stores import SteppingClock, store_url
from tests.together import together
from tests.waiting import wait_until


@pytest.fixture
def on_server(tmp_path: Path) -> Iterator[Workspace]:
    """Give an empty workspace on the one kind of store where transactions go on beside each other."""
    with store_url("postgresql", tmp_path) as url, Workspace.open(url, now=SteppingClock()) as ws:
        yield ws


@pytest.fixture(params=["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """Give an empty workspace on each kind of store that several processes may use."""
    with store_url(request.param, tmp_path) as url, Workspace.open(url, now=SteppingClock()) as ws:
        yield ws


def test_attributes_given_at_the_same_moment_are_all_kept(shared: Workspace) -> None:
    shared.identify("ana", {})

    def give(thread: int) -> None:
        for number in range(10):
            shared.identify("ana", {f"from {thread}, {number}": number})

    together(*(partial(give, thread) for thread in range(6)))

    profile = shared.profile("ana")
    assert profile is not None
    assert len(profile.attributes) == 60


def test_a_new_person_that_several_tell_of_at_the_same_moment_is_stored_once(shared: Workspace) -> None:
    def tell(thread: int) -> None:
        for number in range(10):
            shared.identify(f"person {number}", {f"by {thread}": True})

    together(*(partial(tell, thread) for thread in range(4)))

    assert [len(profile.attributes) for profile in shared.profiles()] == [4] * 10
    assert len(shared.activity(kind="profile_created")) == 10


def test_imports_single_changes_and_a_new_default_region_lose_nothing_of_each_other(
    shared: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_import, "CHUNK", 10)
    people = [f"person {number}" for number in range(30)]
    for person in people[::2]:
        shared.identify(person, {"phone": "020 7946 0123"})

    def bring(order: Sequence[str], name: str) -> None:
        import_people(shared, [ImportRow(n, person, {name: "yes"}) for n, person in enumerate(order)])

    def change() -> None:
        for person in people:
            shared.identify(person, {"phone": "020 7946 0199", "single": "yes"})
            shared.track(person, "bought")

    together(
        partial(bring, people, "forward"),
        partial(bring, people[::-1], "backward"),
        change,
        partial(shared.set_policy, default_region="GB"),
        partial(shared.set_policy, keyword_trailing_punctuation=True),
    )

    kept = {"phone": "020 7946 0199", "single": "yes", "forward": "yes", "backward": "yes"}
    found = {profile.id: profile for profile in shared.profiles()}
    assert {key: dict(profile.attributes) for key, profile in found.items()} == dict.fromkeys(people, kept)
    assert {profile.phone_e164 for profile in found.values()} == {"+442079460199"}
    assert shared.policy.keyword_trailing_punctuation
    assert [len(shared.events(person)) for person in people] == [1] * 30


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
