"""Opt-out as Twilio handles it by itself, on toll-free numbers, and with Advanced Opt-Out."""

from collections.abc import Iterator

import pytest

from simulator.carrier import AdvancedOptOut, ApiError, Carrier, CarrierError, Keyword, Origin, Wording
from simulator.carrier.opt_out import DEFAULT_ANSWERS, DEFAULT_WORDS
from tests.carrier.applications import running
from tests.carrier.carriers import HANDSET, NUMBER, SERVICE_NUMBER, carrier_with, text_and_wait

TOLL_FREE = "+18335550100"


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    with carrier_with() as made:
        yield made


def answers(carrier: Carrier, handset: str = HANDSET) -> list[str]:
    """Give what the handset heard from Twilio or the network itself."""
    return [b.body for b in carrier.conversation(handset) if b.by in (Origin.TWILIO, Origin.NETWORK)]


@pytest.mark.rule("R19")
@pytest.mark.parametrize("word", [word for word, kind in DEFAULT_WORDS.items() if kind is Keyword.STOP])
def test_each_stop_word_opts_out_in_any_case(carrier: Carrier, word: str) -> None:
    carrier.text(HANDSET, NUMBER, word.title())
    assert carrier.opted_out(HANDSET, NUMBER)
    assert answers(carrier) == [DEFAULT_ANSWERS[Keyword.STOP]]


@pytest.mark.rule("R19")
@pytest.mark.parametrize(
    "body",
    ["STOP PLEASE", "please cancel", "stop.", "stop!", "STOP\nNOW", "OPT OUT", "ＳＴＯＰ", "ST0P", "", " "],
    ids=repr,
)
def test_a_message_that_is_not_the_bare_word_changes_nothing(carrier: Carrier, body: str) -> None:
    carrier.text(HANDSET, NUMBER, body)
    assert carrier.opt_outs() == ()
    assert answers(carrier) == []


def test_punctuation_counts_only_where_the_switch_says_so() -> None:
    with carrier_with(keyword_punctuation=True) as carrier:
        carrier.text(HANDSET, NUMBER, "stop!")
        assert carrier.opted_out(HANDSET, NUMBER)


@pytest.mark.parametrize("word", ["START", "yes", " Unstop "])
def test_each_start_word_opts_in_again_and_is_answered_once(carrier: Carrier, word: str) -> None:
    carrier.text(HANDSET, NUMBER, word)
    assert answers(carrier) == []
    carrier.text(HANDSET, NUMBER, "STOP")
    carrier.text(HANDSET, NUMBER, "STOP")
    carrier.text(HANDSET, NUMBER, word)
    assert carrier.opt_outs() == ()
    assert answers(carrier) == [DEFAULT_ANSWERS[Keyword.STOP], DEFAULT_ANSWERS[Keyword.START]]


def test_the_switches_answer_what_twilio_leaves_open() -> None:
    with carrier_with(answer_needless_start=True, answer_repeated_stop=True, list_default_answers=True) as carrier:
        for word in ("START", "STOP", "STOP"):
            carrier.text(HANDSET, NUMBER, word)
        assert len(answers(carrier)) == 3
        assert len(carrier.messages()) == 6


def test_help_is_answered_and_changes_nothing(carrier: Carrier) -> None:
    carrier.text(HANDSET, NUMBER, "info")
    assert answers(carrier) == [DEFAULT_ANSWERS[Keyword.HELP]]
    assert carrier.opt_outs() == ()


@pytest.mark.rule("R20")
def test_an_opt_out_holds_for_every_number_of_the_service_and_for_no_other(carrier: Carrier) -> None:
    (service,) = carrier.services()
    carrier.add_number("+12025550143", service_sid=service.sid)
    carrier.text(HANDSET, SERVICE_NUMBER, "STOP")
    carrier.text(HANDSET, "+12025550143", "START")
    assert carrier.opt_outs() == ()


def test_keywords_go_to_the_application_too_without_opt_out_type() -> None:
    with carrier_with() as carrier, running() as application:
        carrier.set_inbound_url(application.url)
        text_and_wait(carrier, "STOP")
        (asked,) = application.requests
        assert "OptOutType" not in dict(asked.form)


def test_a_short_code_of_its_own_handles_no_keywords(carrier: Carrier) -> None:
    carrier.add_short_code("12345")
    carrier.text(HANDSET, "12345", "STOP")
    assert carrier.opt_outs() == ()


def test_opt_outs_outlive_the_program(tmp_path: object) -> None:
    url = f"sqlite:///{tmp_path}/carrier.db"
    with carrier_with(database_url=url) as carrier:
        carrier.text(HANDSET, NUMBER, "STOP")
        since = carrier.opt_outs()
    from simulator.carrier import CarrierConfig

    again = Carrier(CarrierConfig("AC" + "1" * 32, "token", database_url=url))
    assert again.opt_outs() == since
    assert [number.phone_number for number in again.numbers()] == [NUMBER, SERVICE_NUMBER]
    again.close()


# -- toll-free ------------------------------------------------------------------------------------------------


def test_the_toll_free_network_answers_stop_and_unstop_itself_and_yes_lifts_nothing(carrier: Carrier) -> None:
    carrier.add_number(TOLL_FREE)
    carrier.text(HANDSET, TOLL_FREE, "Stop")
    carrier.text(HANDSET, TOLL_FREE, "YES")
    assert carrier.opted_out(HANDSET, TOLL_FREE)
    carrier.text(HANDSET, TOLL_FREE, "HELP")
    carrier.text(HANDSET, TOLL_FREE, "unstop")
    assert not carrier.opted_out(HANDSET, TOLL_FREE)
    said = answers(carrier)
    assert [text.split(":")[0] for text in said] == ["NETWORK MSG", "NETWORK MSG"]
    assert 'the word "stop" which blocks' in said[0]
    assert 'replied "unstop" and will begin' in said[1]


@pytest.mark.parametrize(
    ("switch", "by_number", "by_service"),
    [
        pytest.param(21610, 21610, ("failed", 21610), id="the API refuses"),
        pytest.param(30004, None, ("undelivered", 30004), id="the network blocks"),
    ],
)
def test_who_keeps_a_toll_free_sender_from_someone_opted_out_is_a_switch(
    switch: int, by_number: int | None, by_service: tuple[str, int]
) -> None:
    with carrier_with(toll_free_block_code=switch) as carrier:
        service = carrier.add_service("Toll-free")
        carrier.add_number(TOLL_FREE)
        carrier.add_number("+18335550101", service_sid=service.sid)
        carrier.text(HANDSET, TOLL_FREE, "STOP")
        carrier.text(HANDSET, "+18335550101", "STOP")
        pooled = carrier.send(HANDSET, "hi", messaging_service_sid=service.sid)
        try:
            alone, refused = carrier.send(HANDSET, "hi", TOLL_FREE), None
        except ApiError as error:
            alone, refused = None, error.code
        assert carrier.wait_idle()
        assert refused == by_number
        assert alone is None or carrier.message(alone.sid).error_code == 30004
        found = carrier.message(pooled.sid)
        assert (found.status, found.error_code) == by_service


# -- Advanced Opt-Out -------------------------------------------------------------------------------------------

LISTS = AdvancedOptOut(
    standard={
        Keyword.STOP: Wording(("STOP", "ENOUGH"), "You are out."),
        Keyword.START: Wording(("START", "AGAIN"), "You are in."),
        Keyword.HELP: Wording(("HELP", "WHO"), "We are ACME."),
    },
    countries={
        "GB": {Keyword.STOP: Wording(("STOP", "CHEERIO"), "Ta-ra.")},
        "CA": {Keyword.STOP: Wording(("ARRET",), "Au revoir."), Keyword.START: Wording(("SALUT",), "Bonjour.")},
    },
    languages={"es": {Keyword.STOP: Wording(("BAJA",), "Adiós.")}},
)


@pytest.fixture
def advanced(carrier: Carrier) -> Carrier:
    carrier.set_advanced_opt_out(carrier.services()[0].sid, LISTS)
    return carrier


@pytest.mark.rule("R24")
@pytest.mark.parametrize(
    ("handset", "body", "answer", "type_"),
    [
        pytest.param(HANDSET, "enough", "You are out.", "STOP", id="own word"),
        pytest.param(HANDSET, "stop", "You are out.", "STOP", id="reserved word"),
        pytest.param(HANDSET, "Baja", "Adiós.", "STOP", id="another language"),
        pytest.param("+447700900123", "STOP", "Ta-ra.", "STOP", id="a country's own answer"),
        pytest.param("+447700900123", "cheerio", "Ta-ra.", "STOP", id="a country's own word"),
        pytest.param("+14165550123", "stop", "Au revoir.", "STOP", id="a reserved word stands in every list"),
        pytest.param("+14165550123", "help", "We are ACME.", "HELP", id="a type that a country's list leaves out"),
        pytest.param(HANDSET, "who", "We are ACME.", "HELP", id="help"),
        pytest.param(HANDSET, "cheerio", None, None, id="another country's word"),
        pytest.param(HANDSET, "QUIT", None, None, id="a default word that was taken out"),
    ],
)
def test_advanced_opt_out_answers_in_its_own_words_and_tells_the_application(
    advanced: Carrier, handset: str, body: str, answer: str | None, type_: str | None
) -> None:
    with running() as application:
        advanced.set_inbound_url(application.url)
        advanced.text(handset, SERVICE_NUMBER, body)
        assert advanced.wait_idle()
        form = dict(application.requests[0].form)
    assert form.get("OptOutType") == type_
    assert answers(advanced, handset) == ([] if answer is None else [answer])
    assert advanced.opted_out(handset, advanced.services()[0].sid) == (type_ == "STOP")


@pytest.mark.rule("R24")
def test_the_answer_of_advanced_opt_out_is_a_message_and_sent_before_the_application_is_asked(
    advanced: Carrier,
) -> None:
    with running() as application:
        seen: list[list[str]] = []
        application.views["/sms"] = lambda: seen.append(answers(advanced)) or "<Response/>"
        advanced.set_inbound_url(application.url)
        text_and_wait(advanced, "STOP", SERVICE_NUMBER)
    assert seen == [["You are out."]]
    assert [message.body for message in advanced.messages()] == ["You are out.", "STOP"]


def test_help_from_someone_opted_out_is_not_answered(advanced: Carrier) -> None:
    advanced.text(HANDSET, SERVICE_NUMBER, "STOP")
    advanced.text(HANDSET, SERVICE_NUMBER, "HELP")
    assert answers(advanced) == ["You are out."]


def test_on_toll_free_the_network_speaks_for_stop_and_both_for_start(advanced: Carrier) -> None:
    (service,) = advanced.services()
    advanced.add_number(TOLL_FREE, service_sid=service.sid)
    advanced.text(HANDSET, TOLL_FREE, "STOP")
    advanced.text(HANDSET, TOLL_FREE, "START")
    said = answers(advanced)
    assert [text.split(":")[0] for text in said] == ["NETWORK MSG", "NETWORK MSG", "You are in."]


def test_a_service_that_drops_inbound_messages_asks_nobody(carrier: Carrier) -> None:
    carrier.set_advanced_opt_out(carrier.services()[0].sid, AdvancedOptOut(drops_inbound=True))
    with running() as application:
        carrier.set_inbound_url(application.url)
        text_and_wait(carrier, "STOP", SERVICE_NUMBER)
        assert application.requests == []
    assert len(carrier.opt_outs()) == 1


@pytest.mark.parametrize(
    "words",
    [
        pytest.param({Keyword.STOP: Wording(("TWO WORDS",), "")}, id="two words"),
        pytest.param({Keyword.STOP: Wording(("X" * 35,), "")}, id="too long"),
        pytest.param({Keyword.STOP: Wording(("HELP",), "")}, id="a word reserved for another type"),
        pytest.param({Keyword.STOP: Wording(("A",), ""), Keyword.HELP: Wording(("a",), "")}, id="twice"),
    ],
)
def test_keywords_that_cannot_be_are_refused(words: dict[Keyword, Wording]) -> None:
    with pytest.raises(CarrierError):
        AdvancedOptOut(standard=words)


def test_the_lists_survive_being_stored() -> None:
    assert AdvancedOptOut.from_dict(LISTS.to_dict()) == LISTS
