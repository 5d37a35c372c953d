"""How many inbound messages a scenario plays per second, and what a population costs.

Processor time is measured, so that a busy machine counts less. The everyday bars are what a busy machine reaches as
well, at half its usual speed; INBOUND_BENCHMARK=full checks the whole size against what is promised.
"""

import multiprocessing
import re
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from simulator.scenarios.loading import USUAL_SENDERS, load_text
from simulator.scenarios.playing import play
from simulator.scenarios.population import Summary, play_population
from simulator.scenarios.records import USUAL_START, PersonPlan, Scenario
from simulator.scenarios.world import World, WorldConfig
from tests.benchmarks.conftest import FULL

MESSAGES = 20_000 if FULL else 400
PEOPLE = 100_000 if FULL else 300

HANDSETS = [f"+1{area}5550{line}" for area in (202, 212, 305) for line in range(100, 200)]


def messages_per_second(over_http: bool) -> float:
    people = tuple(PersonPlan(f"p{n}", number, number) for n, number in enumerate(HANDSETS))
    scenario = Scenario("benchmark", "benchmark", "benchmark", USUAL_START, USUAL_SENDERS, people, ())
    with World(scenario, WorldConfig(quiet=True, over_http=over_http)) as world:
        world.carrier.text(HANDSETS[0], USUAL_SENDERS[0].numbers[0], "to warm up")
        world.settle()
        started = time.process_time()
        for n in range(MESSAGES):
            world.carrier.text(HANDSETS[n % len(HANDSETS)], USUAL_SENDERS[0].numbers[0], f"message {n}")
            if n % 100 == 99:
                world.settle()
        world.settle()
        seconds = time.process_time() - started
        arrived = sum(len(world.workspace.events(person.name)) for person in people)
        assert arrived == MESSAGES + 1
    return MESSAGES / seconds


@pytest.mark.parametrize(
    ("over_http", "bar"),
    [
        pytest.param(False, 2000 if FULL else 400, id="in process"),
        pytest.param(True, 667 if FULL else 133, id="over HTTP"),
    ],
)
def test_inbound_messages_per_second_of_processor_time(over_http: bool, bar: float, record_property):
    speed = messages_per_second(over_http)
    record_property("messages_per_second", round(speed))
    print(f"{'over HTTP' if over_http else 'in process'}: {speed:,.0f} messages per second of processor time")

    assert speed > bar


def test_a_long_time_costs_what_its_events_cost():
    head = 'version: 1\npeople: {ana: {number: "+12025550101"}}\nsteps:\n  - ana.says: hello\n'
    (minute,), (month,) = load_text(head + "  - advance: 1m\n"), load_text(head + "  - advance: 30d\n")
    play(minute)

    def cost(story: Scenario) -> float:
        started = time.process_time()
        play(story)
        return time.process_time() - started

    assert min(cost(month) for _ in range(3)) < 3 * min(cost(minute) for _ in range(3))


def broadcast_in_this_process(people: int) -> tuple[Summary, float, float]:
    """Play a population's broadcast; give its summary, its seconds of processor time and the most MB held at once."""
    started = time.process_time()
    summary = play_population(people, "benchmark")
    return summary, time.process_time() - started, most_memory_of_this_process()


def most_memory_of_this_process() -> float:
    """Give the most memory that this process ever held, in MB.

    Linux's `ru_maxrss` outlives the change of programs, so that a child begins with its parent's: the kernel's own
    line on the process does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        return int(kilobytes) / 1024
    bytes_per_unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * bytes_per_unit / 1024**2


def test_a_broadcast_to_a_population_and_its_replies(record_property):
    # In a process of its own: what the tests before it held is not what a population costs.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        summary, seconds, peak = pool.submit(broadcast_in_this_process, PEOPLE).result()
    record_property("seconds", round(seconds, 1))
    record_property("peak_mb", round(peak))
    print(f"{PEOPLE:,} people: {seconds:.1f} s of processor time, {peak:,.0f} MB, {summary.replies:,} replies")

    assert summary.attributed + summary.anonymous == summary.replies
    assert peak < (1024 if FULL else 256)
    assert seconds < (300 if FULL else 15)
