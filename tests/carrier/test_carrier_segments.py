"""How bodies are cut into segments, held to the figures of Twilio's own calculator and to laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.carrier.segments import BASIC, EXTENSION, count_segments, graphemes, segment, utf16_units
from simulator.carrier.smart_encoding import smart_encoded


@pytest.mark.parametrize(
    ("body", "count"),
    [
        pytest.param("", 1, id="empty"),
        pytest.param("a" * 160, 1, id="160 GSM"),
        pytest.param("a" * 161, 2, id="161 GSM"),
        pytest.param("a" * 306, 2, id="306 GSM"),
        pytest.param("a" * 307, 3, id="307 GSM"),
        pytest.param("a" * 1530, 10, id="1530 GSM"),
        pytest.param("a" * 1600, 11, id="1600 GSM"),
        pytest.param("ж" * 70, 1, id="70 UCS-2"),
        pytest.param("ж" * 71, 2, id="71 UCS-2"),
        pytest.param("ж" * 134, 2, id="134 UCS-2"),
        pytest.param("ж" * 135, 3, id="135 UCS-2"),
        pytest.param("€" * 80, 1, id="80 euro"),
        pytest.param("€" * 81, 2, id="81 euro"),
        pytest.param("👍" * 35, 1, id="35 thumbs"),
        pytest.param("👍" * 36, 2, id="36 thumbs"),
        pytest.param("a" * 159 + "€", 2, id="an escape pair over the edge"),
        pytest.param("a" * 152 + "€" + "a" * 152, 3, id="an escape pair is not cut"),
        pytest.param("\r\n" * 80, 1, id="CRLF is two"),
    ],
)
def test_a_body_takes_the_segments_that_twilios_calculator_counts(body: str, count: int) -> None:
    assert count_segments(body) == count


@pytest.mark.parametrize(
    ("char", "encoding"),
    [
        pytest.param("Ç", "GSM-7", id="capital c with cedilla"),
        pytest.param("ç", "UCS-2", id="small c with cedilla"),
        pytest.param("`", "UCS-2", id="backtick"),
        pytest.param("\t", "UCS-2", id="tab"),
        pytest.param("\u00a0", "UCS-2", id="no-break space"),
        pytest.param("^", "GSM-7", id="extension table"),
    ],
)
def test_one_character_decides_the_encoding_and_is_named(char: str, encoding: str) -> None:
    found = segment(f"plain {char} text")
    assert found.encoding == encoding
    assert found.forced_by == ((char,) if encoding == "UCS-2" else ())


def test_an_emoji_of_several_parts_is_never_cut() -> None:
    family = "👩‍👩‍👧"
    found = segment("ж" * 65 + family + "ж" * 10)
    assert found.count == 2
    assert any(family in part for part in found.parts)


@given(st.text(max_size=400))
def test_the_parts_are_the_body_and_none_is_too_long(body: str) -> None:
    found = segment(body)
    assert "".join(found.parts) == body
    limit = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    for part in found.parts:
        units = utf16_units(part) if found.encoding == "UCS-2" else sum(2 if c in EXTENSION else 1 for c in part)
        assert units <= limit[found.count > 1]


@given(st.text(alphabet=sorted(BASIC | EXTENSION), max_size=700))
def test_plain_bodies_never_force_ucs2(body: str) -> None:
    assert segment(body).forced_by == ()
    assert smart_encoded(body) == body


@given(st.text(max_size=60))
def test_graphemes_lose_nothing(body: str) -> None:
    assert "".join(graphemes(body)) == body


@given(st.text(max_size=100))
def test_smart_encoding_gives_plain_text_or_the_same_text(body: str) -> None:
    found = smart_encoded(body)
    assert found == body or segment(found).encoding == "GSM-7"


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        pytest.param("“Hi” – it’s me…", '"Hi" - it\'s me...', id="quotes and dashes"),
        pytest.param("Ｆｕｌｌ　ｗｉｄｔｈ！", "Full  width!", id="full width"),
        pytest.param("½ price", "1/2 price", id="fractions"),
        pytest.param("“Hi” 👍", "“Hi” 👍", id="one emoji keeps all as it was"),
    ],
)
def test_look_alikes_become_plain(body: str, plain: str) -> None:
    assert smart_encoded(body) == plain


def test_look_alikes_beside_an_emoji_become_plain_only_where_the_switch_says_so() -> None:
    assert smart_encoded("“Hi” 👍", all_or_nothing=False) == '"Hi" 👍'
