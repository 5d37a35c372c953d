"""Lab session: what was asked to end ends, and ended well; what ends by itself says how."""

import signal
import subprocess
import sys

import pytest

from simulator import lab_session
from simulator.lab_session import wait

#: A child that lets its parent, which waits for it, be asked to end, and then does something else.
ASKS = "import os, signal, sys, time; time.sleep(0.3); "


@pytest.mark.parametrize(
    ("program", "code"),
    [
        pytest.param(ASKS + "os.kill(os.getppid(), signal.SIGTERM); time.sleep(20)", 0, id="ends when it is told to"),
        pytest.param(
            "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
            + ASKS
            + "os.kill(os.getppid(), signal.SIGTERM); time.sleep(20)",
            0,
            id="does not listen to a termination",
        ),
        pytest.param(ASKS + "os.kill(os.getppid(), signal.SIGINT); sys.exit(1)", 0, id="ends at Ctrl-C with a failure"),
        pytest.param("raise SystemExit(3)", 3, id="fails by itself"),
    ],
)
def test_a_lab_that_was_asked_to_end_ended_well(program: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_session, "PATIENCE", 0.3)
    before = signal.getsignal(signal.SIGTERM)
    with subprocess.Popen([sys.executable, "-c", program]) as child:
        assert wait(child) == code
    assert signal.getsignal(signal.SIGTERM) == before
