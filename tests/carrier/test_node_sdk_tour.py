"""The same tour for Twilio's Node SDK, where Node and its SDK can be had."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.carrier import Carrier
from simulator.certificates import Authority
from simulator.proxy import Proxy, environment
from tests.carrier.carriers import ACCOUNT, HANDSET, NUMBER, TOKEN, api_of, carrier_with

TOUR = Path(__file__).parent / "node_tour.js"
EXPECTED = {
    "created": ["queued", "outbound-api", "1", None, True],
    "delivered": "delivered",
    "accepted": ["accepted", None],
    "listed": 2,
    "services": 2,
    "numbers": 2,
    "redacted": "",
    "removed": True,
    "errors": [21211, 21617, 20404],
}


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with Twilio's Node SDK: the one NODE_PATH names, or one installed for this run."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node is not installed")
    known = Path(os.environ.get("NODE_PATH", ""))
    if (known / "twilio").is_dir():
        return known
    folder = tmp_path_factory.mktemp("node")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), "twilio@6"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm's registry does not answer")
    if done.returncode != 0:
        pytest.skip(f"npm could not install the SDK: {done.stderr.strip()[-200:]}")
    return folder / "node_modules"


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        made.add_service("Second")
        yield made


def tour(sdk: Path, carrier: Carrier, variables: dict[str, str]) -> object:
    env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    own = {"ACCOUNT": ACCOUNT, "TOKEN": TOKEN, "FROM": NUMBER, "TO": HANDSET, "NODE_PATH": str(sdk)}
    own["SERVICE"] = carrier.services()[0].sid
    done = subprocess.run(
        ["node", str(TOUR)],
        env={**env, **own, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_node_sdk_works_with_an_http_client_of_three_lines(sdk: Path, carrier: Carrier) -> None:
    with api_of(carrier) as url:
        assert tour(sdk, carrier, {"BASE": url}) == EXPECTED


def test_the_node_sdk_works_unmodified_through_the_proxy(sdk: Path, carrier: Carrier, tmp_path: Path) -> None:
    with api_of(carrier) as url, Proxy(url, Authority(tmp_path)) as proxy:
        assert tour(sdk, carrier, dict(environment(proxy.url, proxy.authority)["node"])) == EXPECTED
