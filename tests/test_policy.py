"""Policy: what a switch may be set to, and that a setting which does not come about is not gone by."""

from typing import Any

import pytest

from inbound_core.people import People
from inbound_core.policy import PolicyError
from inbound_core.workspace import Workspace


@pytest.mark.parametrize("somebody", [True, False], ids=["with people", "without people"])
@pytest.mark.parametrize(
    ("switches", "told"),
    [
        pytest.param({"default_region": "UK"}, "default_region: 'UK' is no region code.*mean GB", id="no region"),
        pytest.param({"default_region": "us"}, "did you mean US", id="a region in small letters"),
        pytest.param({"tie_break": "newest"}, "'newest' is no choice for tie_break", id="no such choice"),
        pytest.param({"language_packs": ["xx"]}, "'xx' is no choice for language_packs", id="no such language"),
        pytest.param({"opt_out_type_wins": "yes"}, "'yes' is no choice for opt_out_type_wins", id="no truth value"),
        pytest.param({"tie_braek": "lower_id"}, "'tie_braek' is no choice for policy", id="no such switch"),
    ],
)
def test_a_switch_that_cannot_be_set_so_leaves_the_policy_as_it_was(
    ws: Workspace, switches: dict[str, Any], told: str, somebody: bool
) -> None:
    if somebody:
        ws.identify("ana", {"phone": "(202) 555-0101"})
    before = ws.policy

    with pytest.raises(PolicyError, match=told):
        ws.set_policy(**switches)

    assert ws.policy == before
    assert ws.identify("bob", {"phone": "(202) 555-0102"}).phone_e164 == "+12025550102"


def test_a_setting_whose_transaction_fails_is_not_gone_by(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(People, "read_all_phones", fail)

    with pytest.raises(OSError, match="no space left"):
        ws.set_policy(default_region="GB")

    assert ws.policy.default_region == "US"
    assert ws.identify("ana", {"phone": "(202) 555-0101"}).phone_e164 == "+12025550101"
