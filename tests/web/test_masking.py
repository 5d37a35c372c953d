"""Masking: no number can be read while the screen is shared, and what is no number stays as it is."""

import pytest

from simulator.web.masking import mask

SID = "SM0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("+12025550101", "+12•••••••01", id="E.164"),
        pytest.param("(202) 555-0101", "(20•) •••-••01", id="with punctuation"),
        pytest.param("202\u2013555\u20130101", "20•\u2013•••\u2013••01", id="with typographic dashes"),
        pytest.param("From+12025550101FromCity", "From+12•••••••01FromCity", id="in what was signed"),
        pytest.param("To=%2B12025550101&From=a", "To=%2B12•••••••01&From=a", id="in a form as it travels"),
        pytest.param("Body202-555-0155FromCity", "Body20•-•••-••55FromCity", id="signed as it was written"),
        pytest.param("call2025550155now", "call20••••••55now", id="between words"),
        pytest.param("a_2025550155", "a_20••••••55", id="in a profile's id"),
        pytest.param("2026-03-02 09:00:00", "2026-03-02 09:00:00", id="a time"),
        pytest.param("2026-03-02T09:00:00+00:00", "2026-03-02T09:00:00+00:00", id="a time with its zone"),
        pytest.param(SID, SID, id="a sid"),
        pytest.param("order 1234", "order 1234", id="a short number"),
    ],
)
def test_a_number_is_hidden_wherever_it_stands(text: str, shown: str) -> None:
    assert mask(text) == shown
