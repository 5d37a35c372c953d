"""Audit: which phones of a table work, who shares one, and where the replies would go (R7-R15)."""

import random
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from inbound_core import Profile, resolve_profile
from inbound_core.audit import AuditError, NoColumn, NoTable, PhoneAudit, audit_phones
from inbound_core.audit_counts import EXAMPLES
from inbound_core.audit_findings import Forecast, UnknownRepair
from inbound_core.audit_masking import masked
from inbound_core.audit_regions import likely_region
from inbound_core.audit_report import FileFacts, report_html
from inbound_core.audit_sharing import RECORDS, Sharing, sharing_of
from inbound_core.audit_spill import RecordStore, TemporaryFolderFull
from inbound_core.audit_times import TimeReader, times_of
from inbound_core.phone_columns import RESULT_COLUMNS
from inbound_core.phones import InvalidRegion
from tests.phone_texts import Texts

CUSTOMERS = pd.DataFrame(
    {
        "id": ["ann", "bob", "cem", "dee", "eve", "flo", "gus", "hal"],
        "phone": [
            "+12025550123",
            "(202) 555-0123",
            "202-555-0124",
            "442079460123",
            "+442079460123",
            "555-123-4567",
            "call me",
            None,
        ],
        "created_at": [
            "2024-01-02", "2023-01-02", "2022-01-02", "2021-01-02",
            "2020-01-02", "2019-01-02", "2018-01-02", "2017-01-02",
        ],
    }
)  # fmt: skip

AMERICAN = [f"202-555-01{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def audit() -> PhoneAudit:
    found: PhoneAudit = audit_phones(CUSTOMERS)
    return found


def test_every_row_has_one_status(audit: PhoneAudit) -> None:
    assert audit.summary()["status"] == {
        "ready": 2, "reformat": 2, "unassigned": 1, "repair": 1, "unreadable": 1, "missing": 1,
    }  # fmt: skip
    assert audit.findings.counts.readable == 5


@pytest.mark.rule("R12")
def test_a_shared_number_is_attributed_to_the_profile_created_first(audit: PhoneAudit) -> None:
    shared = audit.shared_numbers()

    assert shared["number"].tolist() == ["+12025550123"]
    assert [row.number for _, row in shared.iterrows()] == ["+12025550123"]
    assert shared["attributed"].tolist() == ["bob"]
    assert shared["opted_out_along"].tolist() == [["ann"]]
    assert shared["hidden"].tolist() == [True]


@pytest.mark.rule("R15")
def test_the_forecast_tells_right_from_else_from_nobody(audit: PhoneAudit) -> None:
    # dee cannot be read as she stands, but her number stands on eve, who would be attributed, older or not.
    assert audit.forecast == Forecast(right=4, other=2, anonymous=1, missing=1)
    assert audit.findings.forecast_repaired == Forecast(right=4, other=2, anonymous=1, missing=1)


def test_a_reply_that_goes_astray_goes_to_somebody_else_and_not_always_to_somebody_older() -> None:
    table = pd.DataFrame(
        {
            "phone": ["442079460123", "+442079460123", "0044 20 7946 0124", "442079460124"],
            "created_at": ["2019-01-01", "2020-01-01", "2020-01-01", "2020-01-01"],
        }
    )
    audit = audit_phones(table)

    said = " ".join(audit.findings.sentences()) + report_html(audit.findings, FileFacts("x.csv", "CSV"))

    assert audit.forecast.other > 0
    assert "to somebody else with the same number" in said
    assert "somebody older" not in said


@pytest.mark.rule("R13")
def test_a_campaign_to_everyone_reaches_a_shared_number_twice(audit: PhoneAudit) -> None:
    assert audit.findings.duplicate_sends == 1


@pytest.mark.rule("R14")
def test_one_stop_opts_out_everybody_on_the_number(audit: PhoneAudit) -> None:
    assert audit.findings.opted_out_along == 1


def test_the_columns_are_guessed_and_the_notes_say_so(audit: PhoneAudit) -> None:
    assert audit.summary()["columns"] == {
        "phone": "phone", "id": "id", "created_at": "created_at", "region": None, "neighbour": None,
    }  # fmt: skip
    assert any(note.startswith("phone: 'phone', by its name") for note in audit.notes)


def test_the_frame_is_the_table_with_its_results_beside_it(audit: PhoneAudit) -> None:
    frame = audit.to_frame()

    assert list(frame.columns) == [*CUSTOMERS.columns, *RESULT_COLUMNS]
    pd.testing.assert_frame_equal(frame[list(CUSTOMERS.columns)], CUSTOMERS)


def test_a_repair_is_taken_over_only_when_it_is_accepted(audit: PhoneAudit) -> None:
    before, after = audit.cleaned(), audit.cleaned(accept=["lost-plus"])

    assert before["phone_clean"].isna().tolist() == [False] * 3 + [True] + [False] * 2 + [True] * 2
    assert after.loc[3, "phone_clean"] == "+442079460123"
    assert audit.cleaned("all")["phone_clean"].equals(after["phone_clean"])
    assert audit.cleaned("lost-plus")["phone_clean"].equals(after["phone_clean"])
    assert audit.cleaned(accept=["all"])["phone_clean"].equals(after["phone_clean"])
    assert audit.cleaned(accept=["trunk-zero"])["phone_clean"].equals(before["phone_clean"])
    with pytest.raises(UnknownRepair, match="lost-plus"):
        audit.cleaned(accept=["lost-minus"])


def test_a_column_that_has_a_results_name_keeps_it(audit: PhoneAudit) -> None:
    table = CUSTOMERS.assign(phone_e164="mine")
    frame = audit_phones(table, phone="phone").to_frame()

    assert (frame["phone_e164"] == "mine").all()
    assert frame["phone_e164_2"].tolist()[0] == "+12025550123"


def test_an_arrow_table_and_a_frame_are_audited_alike(audit: PhoneAudit) -> None:
    assert audit_phones(pa.Table.from_pandas(CUSTOMERS)).summary() == audit.summary()


def test_a_region_column_is_read_by_when_it_is_named_and_only_proposes_when_it_is_guessed() -> None:
    countries = ["uk", "US", "Narnia"]
    table = pd.DataFrame({"phone": ["020 7946 0123", "202-555-0123", "1"], "country": countries})

    guessed = audit_phones(table)
    named = audit_phones(table, region="country")

    assert guessed.to_frame()["phone_e164"].isna().tolist() == [True, False, True]
    assert guessed.to_frame()["phone_suggested"].tolist()[0] == "+442079460123"
    assert named.to_frame()["phone_e164"].tolist()[0] == "+442079460123"
    assert any("'Narnia'" in note for note in named.notes)


def test_numbers_that_are_all_from_elsewhere_are_proposed_as_such() -> None:
    table = pd.DataFrame({"phone": AMERICAN})

    audit = audit_phones(table, default_region="GB")
    told = audit_phones(table)
    unguessed = audit_phones(table, default_region="GB", guess_region=False)

    assert audit.summary()["status"]["repair"] == 40
    assert any("written in US" in note for note in audit.notes)
    assert audit.to_frame()["phone_suggested"].tolist()[0] == "+12025550100"
    assert told.summary()["status"]["reformat"] == 40
    assert unguessed.findings.likely is None
    assert unguessed.to_frame()["phone_suggested"].tolist()[0] != "+12025550100"


@pytest.mark.parametrize(
    ("texts", "default", "regions"),
    [
        pytest.param(AMERICAN, "US", None, id="at home"),
        pytest.param(AMERICAN, "GB", ("US",), id="American in a British table"),
        pytest.param(["020 7946 0123"] * 19, "US", None, id="too few"),
        pytest.param(["+44 20 7946 0123"] * 40, "US", None, id="all name their country"),
        pytest.param(["12"] * 40, "US", None, id="nowhere"),
    ],
)
def test_a_region_is_guessed_only_on_good_evidence(
    texts: list[str], default: str, regions: tuple[str, ...] | None
) -> None:
    likely = likely_region(texts, default)

    assert (likely.regions if likely else None) == regions


def test_numbers_that_several_regions_would_read_are_not_proposed_for_one_of_them() -> None:
    # One area code, and nothing but digits: valid in Britain, and just so in China, Finland or Italy.
    table = pd.DataFrame({"phone": [f"02079460{number:03}" for number in range(40)]})

    audit = audit_phones(table)

    assert audit.findings.likely is not None
    assert "GB" in audit.findings.likely.regions
    assert audit.findings.neighbour is None
    assert audit.summary()["status"]["repair"] == 0
    assert any("before you say where" in note and "GB" in note for note in audit.notes)
    assert "--default-region" in report_html(audit.findings, FileFacts("x.csv", "CSV"))


def test_a_column_that_is_hardly_phones_is_doubted() -> None:
    audit = audit_phones(pd.DataFrame({"name": ["Ann", "Bob", "Cem"], "x": ["1", "2", "3"]}), phone="name")

    assert audit.findings.doubtful
    assert audit.notes[0].startswith("column 'name' hardly holds phones; its cells look like 'Ann', 'Bob', 'Cem'")
    assert "hardly holds phones" in audit._repr_html_()
    assert not audit_phones(CUSTOMERS).findings.doubtful


@pytest.mark.parametrize("wanted", [{"phone": "fone"}, {"phone": "phone", "id": "ids"}, {"region": "phon"}])
def test_a_column_that_is_not_there_names_the_nearest_ones(wanted: dict[str, str]) -> None:
    with pytest.raises(NoColumn, match=r"'phone'|'id'"):
        audit_phones(CUSTOMERS, **wanted)


@pytest.mark.parametrize(
    "table",
    [CUSTOMERS["phone"], ["+12025550123"], {"phone": ["+12025550123"]}, pa.array(["+12025550123"]), "people.csv", None],
    ids=["Series", "list", "dict", "Arrow array", "path", "nothing"],
)
def test_what_is_no_table_is_refused_with_what_is_wanted(table: Any) -> None:
    with pytest.raises(NoTable, match="A table is wanted: a pandas"):
        audit_phones(table)


def test_a_record_batch_is_a_table_too(audit: PhoneAudit) -> None:
    assert audit_phones(pa.RecordBatch.from_pandas(CUSTOMERS)).summary() == audit.summary()


def test_a_polars_frame_is_a_table_too(audit: PhoneAudit) -> None:
    polars = pytest.importorskip("polars")
    table = polars.from_arrow(pa.Table.from_pandas(CUSTOMERS))

    assert audit_phones(table).summary() == audit.summary()


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(AuditError, match="has no columns"):
        audit_phones(pd.DataFrame())


NUMBERS = ["202-555-0123", "202-555-0124"]


@pytest.mark.parametrize(
    ("names", "phone"),
    [
        ([0, 1], 1),
        ([("who", "id"), ("who", "phone")], ("who", "phone")),
        (["x", "phone"], "phone"),
        (["phone", "phone"], "phone_2"),
    ],
    ids=["numbers", "several levels", "texts", "twice the same"],
)
def test_columns_may_have_any_names(names: list[Any], phone: Any) -> None:
    table = pd.DataFrame([["ann", NUMBERS[0]], ["bob", NUMBERS[1]]])
    table.columns = pd.MultiIndex.from_tuples(names) if isinstance(phone, tuple) else pd.Index(names)

    audit = audit_phones(table, phone=phone)

    assert audit.summary()["status"]["reformat"] == 2
    assert list(audit.to_frame().columns)[:2] == names
    assert any("several columns are called" in note for note in audit.notes) == (names[0] == names[1])


@pytest.mark.parametrize(
    ("created", "oldest"),
    [
        ([pd.Timestamp("2022-01-01"), "2021-05-06"], "row 2"),
        ([pd.Timestamp("2020-01-01"), "soon"], "row 1"),
        ([pd.Timestamp("2022-01-01").date(), 1577934245], "row 2"),
        (pd.PeriodIndex(["2022-01", "2021-05"], freq="M"), "row 2"),
        ([True, False], "row 1"),
    ],
    ids=["times and texts", "a time and no time", "a date and seconds", "months", "truths"],
)
def test_times_of_creation_may_be_of_several_types(created: Any, oldest: str) -> None:
    table = pd.DataFrame({"phone": NUMBERS[:1] * 2, "created_at": created})

    audit = audit_phones(table, created_at="created_at")

    assert audit.findings.sharing.listed[0].attributed == oldest


def test_a_table_without_phones_is_refused_with_its_columns() -> None:
    with pytest.raises(AuditError, match="'a', 'b'"):
        audit_phones(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(InvalidRegion):
        audit_phones(CUSTOMERS, default_region="UK")


@pytest.mark.parametrize("table", [CUSTOMERS.head(0), CUSTOMERS.head(0).astype(object)])
def test_a_table_without_rows_has_findings_too(table: pd.DataFrame) -> None:
    audit = audit_phones(table, phone="phone")

    assert audit.summary()["rows"] == 0
    assert audit.findings.sentences() == ["The table has no rows."]
    assert len(audit.to_frame()) == len(audit.cleaned()) == 0
    assert "0 rows" in audit._repr_html_()


def test_numbers_as_floats_are_named_as_what_they_are() -> None:
    audit = audit_phones(pd.DataFrame({"phone": [2025550123.0, None, 2025550124.0]}))

    assert audit.summary()["repair"] == {"removed a decimal tail": 2}


def many_customers(count: int) -> pd.DataFrame:
    source = random.Random(9)
    phones = [source.choice(("+1202555{:04}", "202-555-{:04}", "00442079460{:03}")) for _ in range(count)]
    return pd.DataFrame(
        {
            "id": [f"p{number}" for number in range(count)],
            "phone": [phone.format(100 + source.randrange(100)) for phone in phones],
            "created_at": [f"20{source.randrange(10, 25)}-01-0{source.randrange(1, 4)}" for _ in range(count)],
        }
    )


@pytest.mark.rule("R12")
def test_attribution_agrees_with_the_engine() -> None:
    table = many_customers(2000)
    audit = audit_phones(table)
    frame = audit.to_frame()
    created = pd.to_datetime(table["created_at"])
    profiles = [
        Profile(key, moment.to_pydatetime(), place, {"phone": phone}, None if pd.isna(e164) else e164)
        for place, (key, moment, phone, e164) in enumerate(
            zip(table["id"], created, table["phone"], frame["phone_e164"], strict=True)
        )
    ]

    shared = audit.shared_numbers()

    assert len(shared) > 50
    for phone, attributed in zip(shared["number"], shared["attributed"], strict=True):
        resolution = resolve_profile(phone, profiles)
        assert resolution.profile is not None
        assert resolution.profile.id == attributed


def test_records_on_disk_give_the_same_sharing_as_in_memory() -> None:
    table = many_customers(5000)
    audit = audit_phones(table)
    from inbound_core.audit import as_texts, choose_columns
    from inbound_core.audit_reading import ChunkReader

    columns, _ = choose_columns(table, None, None, None, None)
    reader = ChunkReader(columns)
    with RecordStore(rows_in_memory=1000) as store:
        texts = as_texts(table, columns)
        for begin in range(0, 5000, 700):
            store.add(reader.read(texts.slice(begin, 700))[1])
        spilt: Sharing = store.sharing(listed=10_000)

    assert spilt == sharing_of(audit.records, listed=10_000)
    assert spilt.shared == audit.findings.sharing.shared
    assert reader.counts.reasons == audit.findings.counts.reasons
    assert all(len(rows) <= EXAMPLES for rows in reader.counts.examples.values())


def test_a_full_folder_for_temporary_files_is_told_of_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pa.ipc, "new_stream", full)
    records = audit_phones(CUSTOMERS).records

    with RecordStore(rows_in_memory=1) as store, pytest.raises(TemporaryFolderFull, match="TMPDIR"):
        store.add(records)


def test_no_records_share_nothing() -> None:
    with RecordStore() as store:
        assert store.sharing() == Sharing()
    assert sharing_of(RECORDS.empty_table()) == Sharing()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-02", "2024-01-02"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05"),
        ("2024-01-02 03:04:05+02:00", "2024-01-02T01:04:05"),
        ("1704164645", "2024-01-02T03:04:05"),
        ("1704164645000", "2024-01-02T03:04:05"),
        ("1/2/2024", "2024-01-02"),
        (" 2024-01-02 ", "2024-01-02"),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31", None),
        ("yesterday or so", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_of_creation_may_be_written_in_many_ways(text: str | None, moment: str | None) -> None:
    expected = None if moment is None else pd.Timestamp(moment).value

    assert times_of(pa.array([text], pa.string())).to_pylist() == [expected]
    assert times_of(pa.array([text, "1/2/2024"], pa.string())).to_pylist()[:1] == [expected]


@pytest.mark.parametrize(
    ("dates", "region", "oldest", "said"),
    [
        (["03/02/2021", "01/03/2021", "13/01/2022"], "US", "ann", "read day first: 1 date, such as '13/01/2022'"),
        (["03/02/2021", "01/03/2021", "01/13/2022"], "US", "bob", "read month first: 1 date, such as '01/13/2022'"),
        (["03.02.2021 8:30", "01.03.2021 9:15", "02.03.2022"], "US", "ann", "read day first, as such with dots"),
        (["03/02/21", "01/03/21", "30/01/22"], "US", "ann", "read day first"),
        (["03/02/2021, 08:30", "01/03/2021, 09:15", "13/01/2022, 01:01"], "US", "ann", "read day first"),
        (["03/02/2021", "01/03/2021", "02/02/2022"], "US", "bob", "no date there tells; month first was assumed"),
        (["03/02/2021", "01/03/2021", "02/02/2022"], "GB", "ann", "no date there tells; day first was assumed"),
        (["13/02/2021", "14/03/2021", "01/15/2021"], "US", "cem", "1 date of 'created_at', such as '01/15/2021', can"),
    ],
)
@pytest.mark.rule("R12")
def test_day_and_month_come_in_one_order_in_a_whole_column(
    dates: list[str], region: str, oldest: str, said: str
) -> None:
    table = pd.DataFrame({"id": ["ann", "bob", "cem"], "phone": ["+1 202-555-0123"] * 3, "created_at": dates})

    audit = audit_phones(table, default_region=region)

    assert audit.findings.sharing.listed[0].attributed == oldest
    assert any(said in note for note in audit.notes)


def test_dates_that_were_read_before_their_order_was_disproved_are_told_of() -> None:
    reader = TimeReader("joined")
    february = reader.read(pa.array(["03/02/2021", "01/03/2021"]))
    reader.read(pa.array(["13/01/2021"]))
    after = reader.read(pa.array(["03/02/2021"]))

    assert pd.to_datetime(february.to_pylist()).month.tolist() == [3, 1]
    assert pd.to_datetime(after.to_pylist()).month.tolist() == [2]
    assert any("2 dates of 'joined' had been read month first" in note for note in reader.notes())


def test_one_odd_cell_is_told_of_in_the_singular() -> None:
    table = pd.DataFrame({"phone": ["202-555-0123"], "land": ["Narnia"], "created_at": ["soon"]})

    notes = audit_phones(table, region="land", created_at="created_at").notes

    assert any(note.startswith("1 cell of 'land' names no region ('Narnia')") for note in notes)
    assert any(note.startswith("1 cell of 'created_at' is no time; this row counts") for note in notes)


@pytest.mark.parametrize(
    ("cells", "moment"),
    [
        (pa.array([1704164645]), "2024-01-02T03:04:05"),
        (pa.array([1704164645000.0]), "2024-01-02T03:04:05"),
        (pa.array([20240102]), "2024-01-02"),
        (pa.array(["1704164645000000"]), "2024-01-02T03:04:05"),
        (pa.array([pd.Timestamp("2024-01-02").date()]), "2024-01-02"),
        (pa.array([True]), None),
        (pa.array(["2024-01-02"]).dictionary_encode(), "2024-01-02"),
    ],
)
def test_a_time_of_creation_may_be_of_many_types(cells: Any, moment: str | None) -> None:
    assert times_of(cells).to_pylist() == [None if moment is None else pd.Timestamp(moment).value]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("+1 (202) 555-0123", "+• (•••) •••-••23"),
        ("x12", "x12"),
        (None, ""),
        ("٠١٢٣", "••٢٣"),
        ("1-800-FLOWERS", "•-•00-◦◦◦◦◦◦◦"),
        ("ann.lee@x.org", "◦◦◦.◦◦◦@◦.◦◦◦"),
        ("Tel: 202-555-0123 x7", "Tel: •••-•••-•••3 x7"),
        ("Ann Lee", "◦◦◦ ◦◦◦"),
    ],
)
def test_a_masked_cell_shows_its_form_and_two_digits(text: str | None, hidden: str) -> None:
    assert masked(text) == hidden


def test_the_report_is_one_page_that_needs_nothing_else(audit: PhoneAudit) -> None:
    html = report_html(audit.findings, FileFacts("people <1>.csv", "CSV, comma, utf-8", [(3, "bad")], {"name": 2}, 1))

    assert "people &lt;1&gt;.csv" in html
    assert html.count('class="bars"') == 4
    assert "prefers-color-scheme: dark" in html
    assert not any(word in html for word in ("<script", "<link", "src=", "@import", "url(http"))
    assert "5550123" not in html
    assert "line 3: bad" in html
    assert "begin like a formula" in html
    assert "+12025550123" in report_html(audit.findings, FileFacts("x", "CSV"), show_numbers=True)


def test_one_of_a_kind_is_told_in_the_singular() -> None:
    said = " ".join(
        audit_phones(
            pd.DataFrame({"phone": ["+12025550123", "(202) 555-0123", "x", "5555550123"]})
        ).findings.sentences()
    )

    assert "1 number is on more than one row" in said
    assert "1 person beside those who wrote" in said
    assert "1 has the form of a number" in said
    assert "1 of the shared numbers is written" in said


def test_the_same_findings_make_the_same_report(audit: PhoneAudit) -> None:
    facts = FileFacts("x", "CSV")

    assert report_html(audit.findings, facts) == report_html(audit.findings, facts)


def test_a_notebook_shows_the_audit_without_numbers(audit: PhoneAudit) -> None:
    html = audit._repr_html_()

    assert "202" not in html
    assert all(status in html for status in audit.summary()["status"])


def test_the_charts_are_drawn_without_a_display(audit: PhoneAudit) -> None:
    figure: Any = audit.charts()

    assert [panel.get_title(loc="left") for panel in figure.axes] == [
        "Rows by status",
        "What is wrong",
        "If everyone replied",
        "Where numbers that exist are from",
    ]


def test_any_texts_can_be_audited() -> None:
    audit = audit_phones(pd.DataFrame({"phone": Texts(seed=8).take(3000)}))
    counts = audit.findings.counts

    assert sum(counts.statuses.values()) == sum(counts.reasons.values()) == counts.rows == 3000
    forecast = audit.forecast
    assert forecast.right + forecast.other + forecast.anonymous + forecast.missing == 3000


def test_a_series_reads_itself_as_phones() -> None:
    frame = pd.DataFrame({"phone": ["020 7183 8750"]})

    assert frame["phone"].phone.read(region="GB")["phone_e164"].tolist() == ["+442071838750"]
