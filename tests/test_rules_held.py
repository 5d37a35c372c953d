"""Every rule is held twice: by a test of the engine and by a test over real HTTP."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

#: Tests in these files go through the simulator's HTTP; all others are tests of the engine.
OVER_HTTP = ("test_rules_over_http.py", "test_story_over_http.py")

RULES = [f"R{number}" for number in range(1, 25)]


def rules_named(files: list[Path]) -> set[str]:
    pattern = re.compile(r'pytest\.mark\.rule\("(R\d+)"\)')
    return {rule for file in files for rule in pattern.findall(file.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("over_http", [False, True], ids=["engine", "over HTTP"])
def test_every_rule_is_named_by_a_test(over_http: bool) -> None:
    files = [file for file in TESTS.rglob("test_*.py") if (file.name in OVER_HTTP) == over_http]

    named = rules_named(files)
    assert [rule for rule in RULES if rule not in named] == []
