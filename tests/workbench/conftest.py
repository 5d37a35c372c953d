"""What the tests of widgets share: benches in memory, and a failure for every exception that a callback swallowed."""

import logging
from collections.abc import Iterator

import pytest

from tests.workbench.hostile import MARKUP
from workbench.bench import Bench, connect


@pytest.fixture(autouse=True)
def no_swallowed_exception(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail when a click or a change raised: outside a notebook, ipywidgets only logs that."""
    with caplog.at_level(logging.WARNING):
        yield
    swallowed = [record.getMessage() for record in caplog.records if "Exception in callback" in record.getMessage()]
    assert swallowed == []


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = connect(in_memory=True)
    yield made
    made.close()


@pytest.fixture
def hostile_bench(bench: Bench) -> Bench:
    """Give a bench on which everything that people can write is markup that would run."""
    bench.identify(MARKUP, "2020-01-01", phone="+14155550101", first_name=MARKUP, plan=MARKUP)
    bench.identify("twin", "2021-01-01", phone="(415) 555-0101", city=MARKUP)
    bench.identify("unreadable", phone=f"{MARKUP} 415555")
    bench.deliver("+14155550101", MARKUP)
    bench.deliver("+14155550109", MARKUP)
    bench.deliver("+14155550101", "STOP")
    bench.send(MARKUP, MARKUP)
    bench.send("+14155550101", MARKUP, "+12025550199")
    return bench


@pytest.fixture
def family(bench: Bench) -> Bench:
    """Give a bench on which two people share a number and one has their own."""
    bench.identify("kid", "2024-01-01", phone="(415) 555-0101", plan="pro", city="Oakland")
    bench.identify("mum", "2020-01-01", phone="+14155550101", city="Berkeley")
    bench.identify("alone", "2020-01-01", phone="+14155550102")
    return bench
