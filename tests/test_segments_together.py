"""Segments followed from several threads at once: nobody's change is missed because another's came at that moment."""

from pathlib import Path

import pytest

from inbound_core import Sender, Workspace
from inbound_core.condition_words import attribute, opted_out, replied, shares_number
from tests.stores import SENDER, SteppingClock, inbound, store_url
from tests.together import together

ANA, BOB = "+12025550101", "+12025550102"


@pytest.mark.parametrize("kind", ["file", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_changes_of_one_profile_at_the_same_moment_all_count(kind: str, tmp_path: Path) -> None:
    clock = SteppingClock()
    with store_url(kind, tmp_path) as url, Workspace.open(url, now=clock) as ws:
        ws.add_sender(Sender(SENDER))
        for name, phone in (("ana", ANA), ("bob", BOB)):
            ws.identify(name, {"phone": phone, "plan": "free"})
        asked = {
            "both": attribute("plan").equals("pro") & replied("yes").at_least(3),
            "out": opted_out() & attribute("plan").equals("pro"),
            "shared": shares_number(),
            "either": replied("no") | attribute("town").exists(),
        }
        for name, condition in asked.items():
            ws.segments.save(name, condition, allow_unknown=True)

        def write(phone: str, words: tuple[str, ...]) -> None:
            for word in words:
                ws.receive(inbound(word, phone, at=clock()))

        def change(name: str, other: str) -> None:
            for plan in ("pro", "free", "pro"):
                ws.identify(name, {"plan": plan, "phone": other if plan == "free" else ANA})

        def save() -> None:
            for keyword in ("maybe", "no"):
                ws.segments.save("either", replied(keyword) | attribute("town").exists(), allow_unknown=True)

        together(
            lambda: write(ANA, ("yes", "yes", "no", "yes", "STOP")),
            lambda: write(BOB, ("yes", "no", "STOP", "START", "yes")),
            lambda: change("ana", BOB),
            lambda: change("bob", BOB),
            lambda: change("cat", BOB),
            save,
        )

        for name in asked:
            from_scratch = {profile.id for profile in ws.segments.preview(name).sample}
            assert set(ws.segments.members(name)) == from_scratch, name
