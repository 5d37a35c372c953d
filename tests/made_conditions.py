"""Random conditions, attributes and events over a small vocabulary, so that they meet often."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from inbound_core.condition_words import opted_in, opted_out, shares_number
from inbound_core.conditions import And, Attribute, Condition, FieldTest, InSegment, Not, Or, Performed
from inbound_core.value_tests import COMPARISONS, Operator
from tests.stores import SENDER, SERVICE

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FIELDS = ("plan", "age", "größe", "a.b", "it's [x]")
EVENTS = ("inbound_sms", "bought")
PROPERTIES = ("keyword", "body", "amount")
LISTS = ("vip",)

_texts = st.sampled_from(
    [
        "pro",
        "PRO",
        "Pro ject",
        "",
        "YES",
        "yes",
        "é",
        "É",
        "[pro]",
        "a*b",
        "a_b",
        "100%",
        "10",
        "2",
        "\U0001f600 ok",
        "true",
        "[",
    ]
) | st.text(alphabet="aAbB*?[]%_é\U0001f600 \n", max_size=6)
_numbers = (
    st.integers(-3, 3)
    | st.sampled_from([0.5, -0.0, 1.0, 2.5, 1e300, -1e300, 2**53, 10**20, 0.1])
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
)
scalars = _texts | _numbers | st.booleans()
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from(["x", "pro"]), scalars, max_size=1)
_needles = st.sampled_from(["pro", "E", "é", "[", "%", "_", "a", "*", "\n"]) | st.text(
    alphabet="aAbé[%_", min_size=1, max_size=3
)
_patterns = st.sampled_from(["pro*", "*", "?", "*p?o*", "[pro]", "a_b", "%", "*\U0001f600*"]) | st.text(
    alphabet="aAé[]%_*?!-^", min_size=1, max_size=5
)
spans = st.sampled_from([timedelta(seconds=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30)])


def _field_tests(names: tuple[str, ...]) -> st.SearchStrategy[FieldTest]:
    def of(operators: tuple[Operator, ...], operands: st.SearchStrategy[Any]) -> st.SearchStrategy[FieldTest]:
        return st.builds(FieldTest.of, st.sampled_from(names), st.sampled_from(operators), operands)

    return st.one_of(
        of((Operator.EQUALS, Operator.NOT_EQUALS), scalars),
        of((Operator.EXISTS, Operator.NOT_EXISTS), st.none()),
        of((Operator.CONTAINS, Operator.NOT_CONTAINS), _needles),
        of((Operator.MATCHES, Operator.NOT_MATCHES), _patterns),
        of((Operator.ONE_OF, Operator.NOT_ONE_OF), st.lists(scalars, min_size=1, max_size=3).map(tuple)),
        of(COMPARISONS, _texts | _numbers),
    )


_senders = st.sampled_from([None, SENDER, SERVICE])


@st.composite
def _performed(draw: st.DrawFn) -> Performed:
    least, most = draw(st.sampled_from([(1, None), (2, None), (0, 0), (0, 1), (1, 1), (1, 2), (3, None)]))
    where = draw(st.lists(_field_tests(PROPERTIES), max_size=2).map(tuple))
    within = draw(st.none() | spans)
    since = draw(st.none() | st.sampled_from([NOW - timedelta(days=2), NOW - timedelta(minutes=90)]))
    asked = Performed(draw(st.sampled_from(EVENTS)), where, least, most, within, since)
    sender = draw(_senders)
    return asked if sender is None else asked.to(sender)


def conditions(segments: tuple[str, ...] = ()) -> st.SearchStrategy[Condition]:
    """Make conditions that may name these segments."""
    leaves: st.SearchStrategy[Condition] = st.one_of(
        _field_tests(FIELDS).map(Attribute),
        _performed(),
        st.builds(opted_out, _senders),
        st.builds(opted_in, _senders),
        st.builds(shares_number, st.sampled_from([2, 3])),
    )
    if segments:
        leaves |= st.sampled_from(segments).map(InSegment)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
        ),
        max_leaves=5,
    )


attributes = st.dictionaries(st.sampled_from(FIELDS), values, max_size=3)
ages = st.sampled_from(
    [timedelta(0), timedelta(seconds=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30)]
).flatmap(
    lambda age: st.sampled_from(
        [age, age + timedelta(microseconds=1), max(timedelta(0), age - timedelta(microseconds=1))]
    )
)
event_data = st.fixed_dictionaries(
    {},
    optional={
        "keyword": st.sampled_from(["YES", "NO", "", 5]),
        "body": _texts,
        "sender": st.sampled_from([SENDER, SERVICE]),
        "amount": _numbers,
    },
)
