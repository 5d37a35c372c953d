"""The two clocks: real time on threads that one slow action does not hold up, and time that stands still."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import ClockError, VirtualClock
from simulator.wall_clock import WallClock

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def wall() -> Iterator[WallClock]:
    clock = WallClock(workers=4)
    yield clock
    clock.close()


def test_actions_of_a_virtual_clock_run_by_time_and_then_by_the_order_of_asking() -> None:
    clock, ran = VirtualClock(START), []
    for name, seconds in (("late", 2.0), ("first", 1.0), ("second", 1.0), ("now", 0.0)):
        clock.after(seconds, lambda name=name: ran.append((name, clock.now())))  # type: ignore[misc]
    clock.advance(1.5)
    assert ran == [
        ("now", START), ("first", START + timedelta(seconds=1)), ("second", START + timedelta(seconds=1)),
    ]  # fmt: skip
    assert clock.now() == START + timedelta(seconds=1.5)


def test_an_action_may_put_off_another_that_falls_due_in_the_same_move() -> None:
    clock, ran = VirtualClock(START), []
    clock.after(1, lambda: clock.after(1, lambda: ran.append(clock.now())))
    clock.advance(3)
    assert ran == [START + timedelta(seconds=2)]


@given(st.lists(st.floats(0, 1e6, allow_nan=False), max_size=20))
def test_whatever_is_put_off_is_reached_by_going_to_when_it_is_due(delays: list[float]) -> None:
    clock, ran = VirtualClock(START), []
    for delay in delays:
        clock.after(delay, lambda delay=delay: ran.append(delay))  # type: ignore[misc]
    for _ in delays:
        if (due := clock.next_due()) is not None:
            clock.set(due)
    assert clock.next_due() is None
    assert sorted(ran) == sorted(delays)


def test_an_action_may_wait_for_a_thread_that_lets_time_pass() -> None:
    clock, seen = VirtualClock(START), []

    def ask() -> None:
        other = threading.Thread(target=clock.sleep, args=(20,))
        other.start()
        other.join(timeout=10)
        seen.append(("asked", other.is_alive(), clock.now()))

    clock.after(60, ask)
    clock.after(70, lambda: seen.append(("meanwhile", False, clock.now())))
    clock.advance(60)

    later = START + timedelta(seconds=80)
    assert seen == [("asked", False, later), ("meanwhile", False, later)]
    assert clock.now() == later


def test_what_is_canceled_never_runs_and_can_be_canceled_once() -> None:
    clock, ran = VirtualClock(START), []
    timer = clock.after(1, lambda: ran.append(1))
    assert timer.cancel()
    assert not timer.cancel()
    assert clock.run_until_idle() == 0
    assert ran == []


def test_time_does_not_go_back_and_no_zone_is_no_time() -> None:
    clock = VirtualClock(START)
    with pytest.raises(ClockError, match="only moves forward"):
        clock.set(START - timedelta(seconds=1))
    with pytest.raises(ClockError, match="no time zone"):
        VirtualClock(datetime(2026, 3, 2))  # noqa: DTZ001 - the point


def test_actions_that_never_come_to_rest_are_reported() -> None:
    clock = VirtualClock(START)

    def again() -> None:
        clock.after(1, again)

    again()
    with pytest.raises(ClockError, match="asks for another"):
        clock.run_until_idle(limit=50)


def test_a_slow_action_holds_up_no_other_on_the_wall_clock(wall: WallClock) -> None:
    release, done = threading.Event(), threading.Event()
    wall.after(0, lambda: release.wait(10) and None)
    wall.after(0.01, done.set)
    assert done.wait(5)
    release.set()


def test_what_is_quick_does_not_wait_though_every_thread_is_held(wall: WallClock) -> None:
    release, done = threading.Event(), threading.Event()
    for _ in range(8):
        wall.after(0, lambda: release.wait(10) and None)
    wall.after(0.01, done.set, quick=True)
    assert done.wait(5)
    release.set()


def test_the_wall_clock_runs_everything_once_though_there_are_more_actions_than_threads(wall: WallClock) -> None:
    counted, done, lock = [0], threading.Event(), threading.Lock()

    def count() -> None:
        with lock:
            counted[0] += 1
            if counted[0] == 500:
                done.set()

    for index in range(500):
        wall.after(0 if index % 2 else 0.001, count)
    assert done.wait(10)
    assert counted == [500]


def test_a_scaled_clock_runs_ahead_and_so_do_its_actions() -> None:
    clock = WallClock(scale=3600)
    done, start = threading.Event(), clock.now()
    clock.after(3600, done.set)
    assert done.wait(10)
    assert clock.now() - start >= timedelta(hours=1)
    clock.close()
    with pytest.raises(ClockError, match="above 0"):
        WallClock(scale=0)


def test_nothing_runs_after_closing(wall: WallClock) -> None:
    ran = threading.Event()
    wall.after(0.05, ran.set)
    wall.close()
    wall.after(0, ran.set)
    assert not ran.wait(0.2)
