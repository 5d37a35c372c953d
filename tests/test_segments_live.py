"""Live membership: whatever happens in whatever order, it is what the database finds from scratch."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from inbound_core import Sender, Workspace
from inbound_core.activity import ActivityKind
from inbound_core.conditions import Condition
from inbound_core.storage import Store, open_store
from inbound_core.storage.tables import metadata
from tests.made_conditions import EVENTS, attributes, conditions, event_data
from tests.stores import SENDER, SERVICE, SteppingClock, inbound, store_url

IDS = ("ana", "bob", "cat")
PHONES = ("+12025550101", "+12025550102", "202-555-0101", "nonsense", "")

ids = st.sampled_from(IDS)
happenings = st.one_of(
    st.tuples(st.just("identify"), ids, st.sampled_from(PHONES), attributes),
    st.tuples(
        st.just("receive"),
        st.sampled_from(PHONES[:2]),
        st.sampled_from(["YES", "yes", "no", "STOP", "START", "pro [a"]),
        st.sampled_from([SENDER, "+12025550198"]),
    ),
    st.tuples(st.just("track"), ids, st.sampled_from(EVENTS), event_data),
    st.tuples(st.just("delete"), ids),
    st.tuples(st.just("wait"), st.sampled_from([timedelta(seconds=1), timedelta(hours=1), timedelta(days=30)])),
    st.tuples(st.just("list"), ids, st.booleans()),
    st.tuples(st.just("save"), conditions(("vip",))),
)


def do(ws: Workspace, clock: SteppingClock, happening: tuple[Any, ...]) -> None:
    match happening:
        case ("identify", key, phone, given_attributes):
            ws.identify(key, {**dict.fromkeys(("plan", "age"), ""), **given_attributes, "phone": phone})
        case ("receive", phone, body, sender):
            ws.receive(inbound(body, phone, sender, at=clock()))
        case ("track", key, name, data) if ws.profile(key):
            ws.track(key, name, data)
        case ("delete", key):
            ws.delete(key)
        case ("wait", span):
            clock.time += span
        case ("list", key, entering) if ws.profile(key):
            (ws.segments.add if entering else ws.segments.remove)("vip", [key])
        case ("save", condition):
            ws.segments.save("inner", condition, allow_unknown=True)


@pytest.fixture(scope="module", params=["memory", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with store_url(request.param, tmp_path_factory.mktemp("live")) as url:
        opened = open_store(url)
        yield opened
        opened.close()


def emptied(store: Store, clock: SteppingClock) -> Workspace:
    """Give a workspace on the store with two senders and nothing else."""
    with store.write() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name != "settings":
                connection.execute(delete(table))
    workspace = Workspace(store, now=clock)
    workspace.add_sender(Sender(SENDER))
    workspace.add_sender(Sender("+12025550198", SERVICE))
    return workspace


@given(condition=conditions(("vip", "inner")), inner=conditions(("vip",)), happened=st.lists(happenings, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_live_membership_is_membership_from_scratch(
    store: Store, condition: Condition, inner: Condition, happened: list[tuple[Any, ...]]
) -> None:
    clock = SteppingClock()
    ws = emptied(store, clock)
    ws.segments.save_manual("vip")
    ws.segments.save("inner", inner, allow_unknown=True)
    ws.segments.save("outer", condition, allow_unknown=True)

    for happening in happened:
        do(ws, clock, happening)

    for name in ("inner", "outer"):
        live = set(ws.segments.members(name))
        clock.time -= timedelta(seconds=1)
        from_scratch = {profile.id for profile in ws.segments.preview(name, sample=10).sample}
        assert live == from_scratch, name
        assert live == told(ws, name), name


def told(ws: Workspace, name: str) -> set[str]:
    """Give who is in a segment by the activity log alone: the last word about each counts."""
    inside: set[str] = set()
    for entry in ws.activity(limit=10_000):
        if entry.data.get("segment") == name and entry.profile_id:
            assert (entry.profile_id in inside) == (entry.kind is ActivityKind.LEFT_SEGMENT), "moved without effect"
            inside ^= {entry.profile_id}
    return inside
