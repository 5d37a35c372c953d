"""Floods: many webhooks at once, repeated ones among them, and a receiver that is killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from inbound_core import Workspace
from simulator import SimulatorConfig, start
from simulator.places import Account, Place
from tests.stores import store_url
from tests.webhooks import form, post

WEBHOOKS, THREADS = 1000, 50


def flood(account: Account, url: str, sids: list[int]) -> list[int]:
    """Post one webhook for each sid from many threads and give the answers' status codes."""
    local = threading.local()

    def deliver(sid: int) -> int:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        fields = form(account, f"message {sid}", f"+1202555{100 + sid % 100:04}", sid=f"flood {sid}")
        return post(account, url, fields, local.session).status_code

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(deliver, sids))


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_flood_with_repeated_messages_leaves_exactly_the_distinct_ones(kind: str, tmp_path: Path) -> None:
    sids = [n - 1 if n % 10 == 9 else n for n in range(WEBHOOKS)]
    with store_url(kind, tmp_path) as url, start(SimulatorConfig(database_url=url)) as simulator:
        answers = flood(simulator.account, simulator.inbound_url, sids)
        events = simulator.workspace.anonymous_events(limit=WEBHOOKS * 2)
        doubled = simulator.workspace.activity(WEBHOOKS * 2, kind="duplicate_webhook")

    assert set(answers) == {200}
    bodies = [event.data["body"] for event in events]
    assert sorted(bodies) == sorted({f"message {sid}" for sid in sids})
    assert len(doubled) == WEBHOOKS - len(set(sids))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any], Place]]:
    """Give a simulator in a process of its own, and what it printed when it was ready."""
    place = Place.at(tmp_path / "workspace")
    command = [
        sys.executable,
        "-m",
        "simulator.cli",
        "serve",
        "--json",
        "--port",
        "0",
        "--workspace",
        str(place.folder),
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("INBOUND_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline()), place
        process.kill()


def test_a_receiver_killed_in_a_flood_has_lost_nothing_that_it_acknowledged(
    served: tuple[subprocess.Popen[str], dict[str, Any], Place],
) -> None:
    process, facts, place = served
    account = place.account()
    acknowledged: set[str] = set()
    enough = threading.Event()

    def deliver(sid: int) -> None:
        fields = form(account, f"message {sid}", sid=f"kill {sid}")
        try:
            answer = post(account, facts["inbound_url"], fields)
        except requests.RequestException:
            return
        if answer.status_code == 200:
            acknowledged.add(fields["MessageSid"])
            if len(acknowledged) >= 100:
                enough.set()

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(deliver, sid) for sid in range(600)]
        assert enough.wait(timeout=60)
        os.kill(process.pid, signal.SIGKILL)
        for job in jobs:
            job.result(timeout=60)
    process.wait(timeout=10)

    assert 100 <= len(acknowledged) < 600
    with Workspace.open(place.platform_url) as workspace:
        stored = {event.message_sid for event in workspace.anonymous_events(limit=10_000)}
        assert acknowledged <= stored
        assert all(workspace.explain(str(sid)).message_sid == sid for sid in stored)
