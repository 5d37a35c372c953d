"""What nobody should send: each is a clear error or travels on unharmed, and the store stays whole."""

import base64
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from simulator.carrier import Carrier, CarrierConfig, CarrierError, SeededIds
from simulator.carrier.signing import sign, signature_base
from tests.carrier.carriers import ACCOUNT, HANDSET, NUMBER, TOKEN, carrier_with


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


def test_a_store_that_refuses_is_told_with_the_remedy(carrier: Carrier) -> None:
    with carrier.account.store.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")

    with pytest.raises(CarrierError, match="It is read-only: change its permissions"):
        carrier.text(HANDSET, NUMBER, "hi")


@pytest.mark.parametrize(
    ("from_", "to", "body", "says"),
    [
        pytest.param("nobody", NUMBER, "hi", "no phone number", id="From is nothing"),
        pytest.param("2025550101", NUMBER, "hi", "no phone number", id="From without plus"),
        pytest.param("", NUMBER, "hi", "no phone number", id="no From"),
        pytest.param("+" + "1" * 10_000, NUMBER, "hi", "no phone number", id="an endless From"),
        pytest.param(HANDSET, "+12025550177", "hi", NUMBER, id="unknown To"),
        pytest.param(HANDSET, "", "hi", NUMBER, id="no To"),
        pytest.param(HANDSET, NUMBER, "x" * 1601, "at most 1600", id="a text too long"),
        pytest.param(HANDSET, NUMBER, "x" * 1_000_000, "at most 1600", id="a megabyte"),
    ],
)
def test_a_text_that_cannot_be_is_refused_with_what_to_do(
    carrier: Carrier, from_: str, to: str, body: str, says: str
) -> None:
    with pytest.raises(CarrierError, match=says.replace("+", r"\+")):
        carrier.text(from_, to, body)
    assert carrier.handsets() == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_is_kept_and_only_lone_surrogates_change(carrier: Carrier, body: str) -> None:
    message = carrier.text(HANDSET, NUMBER, body)
    assert carrier.message(message.sid).body == body.encode("utf-8", "replace").decode()


def test_a_lone_surrogate_can_be_sent_too(carrier: Carrier) -> None:
    assert carrier.send(HANDSET, "a\ud800b", NUMBER).body == "a?b"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("postgresql://nobody@127.0.0.1/x", "SQLite", id="another database"),
        pytest.param("nonsense", "no database URL", id="no URL"),
        pytest.param("sqlite:////nowhere/at/all.db", "does not exist", id="no folder"),
    ],
)
def test_a_store_that_cannot_be_is_named(url: str, says: str) -> None:
    with pytest.raises(CarrierError, match=says):
        Carrier(CarrierConfig(ACCOUNT, TOKEN, url))


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are my notes " * 100)
    with pytest.raises(CarrierError, match="Is the file a database"):
        Carrier(CarrierConfig(ACCOUNT, TOKEN, f"sqlite:///{file}"))
    assert file.read_text().startswith("these are my notes")


def test_the_store_is_durable_and_whole(tmp_path: Path) -> None:
    file = tmp_path / "carrier.db"
    with carrier_with(database_url=f"sqlite:///{file}") as carrier:
        carrier.text(HANDSET, NUMBER, "hi")
        with sqlite3.connect(file) as looking:
            assert looking.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert looking.execute("SELECT count(*) FROM messages").fetchone() == (1,)
        looking.close()


def test_seeded_ids_make_the_same_account_twice() -> None:
    def sids() -> list[str]:
        with carrier_with() as carrier:
            return [carrier.text(HANDSET, NUMBER, "hi").sid, *(n.sid for n in carrier.numbers())]

    assert sids() == sids()
    assert SeededIds("a").sid("SM") != SeededIds("b").sid("SM")


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.sampled_from(["", ":8000", "/a?b=c d&e=%20", ":443/x"]))
def test_signatures_are_those_of_twilios_own_library(form: list[tuple[str, str]], rest: str) -> None:
    class Form(dict[str, list[str]]):
        def getlist(self, name: str) -> list[str]:
            return self[name]

    lists = Form()
    for name, value in form:
        lists.setdefault(name, []).append(value)
    url = f"https://127.0.0.1{rest}"
    ours = sign(TOKEN, signature_base(url, form))
    assert ours == RequestValidator(TOKEN).compute_signature(url, lists)
    assert len(base64.b64decode(ours)) == 20


def test_the_vector_of_twilios_documentation_holds() -> None:
    form = [("CallSid", "CA1234567890ABCDE"), ("Digits", "1234"), ("To", "+18005551212")]
    form += [("From", "+14158675310"), ("Caller", "+14158675310")]
    base = signature_base("https://example.com/myapp.php?foo=1&bar=2", form)
    assert sign("12345", base) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_user_password_and_fragment_are_not_signed() -> None:
    assert signature_base("http://me:pw@127.0.0.1:8/x?y=1#rc=2", []) == "http://127.0.0.1:8/x?y=1"
