"""Set-up: each prerequisite of inbound messages with a live verdict (R3-R6)."""

import pytest

from inbound_core import Sender, SetupError, Workspace
from inbound_core.setup import SetupCheck, SetupReport, Verdict
from tests.stores import SENDER, SERVICE, inbound

LOCAL = "http://127.0.0.1:8025/inbound/sms"


@pytest.fixture
def empty() -> Workspace:
    return Workspace.open()


def check(report: SetupReport, title: str) -> SetupCheck:
    (found,) = (check for check in report.checks if title in check.title)
    return found


@pytest.mark.rule("R3")
def test_an_empty_workspace_lacks_both_prerequisites(empty: Workspace) -> None:
    report = empty.setup_report()

    assert [check.verdict for check in report.checks] == [Verdict.MISSING, Verdict.MISSING, Verdict.WARNING]
    assert not report.ready
    assert all(check.next_step for check in report.checks)


@pytest.mark.rule("R4")
@pytest.mark.parametrize(
    ("region", "url", "verdict"),
    [
        ("us", "https://track.customer.io/inbound/sms", Verdict.OK),
        ("eu", "https://track-eu.customer.io/inbound/sms", Verdict.OK),
        ("eu", "https://track.customer.io/inbound/sms", Verdict.MISSING),
        ("us", LOCAL, Verdict.OK),
        ("us", "http://127.0.0.1:8025/inbound", Verdict.MISSING),
        ("us", "https://track.customer.io/inbound/sms/", Verdict.MISSING),
        ("us", "https://example.com/inbound/sms", Verdict.MISSING),
        ("us", None, Verdict.MISSING),
    ],
)
def test_an_own_twilio_account_must_send_replies_to_the_platforms_url(
    empty: Workspace, region: str, url: str | None, verdict: Verdict
) -> None:
    empty.set_region(region)
    empty.add_sender(Sender(SENDER, SERVICE, url))

    found = check(empty.setup_report(), "Inbound handling")

    assert (found.rule, found.verdict) == ("R4", verdict)
    assert (empty.region.inbound_url in found.next_step) == (verdict is Verdict.MISSING)


@pytest.mark.rule("R5")
def test_a_sender_that_the_platform_manages_needs_nothing(empty: Workspace) -> None:
    empty.add_sender(Sender(SENDER, managed=True))

    found = check(empty.setup_report(), "Inbound handling")

    assert (found.rule, found.verdict) == ("R5", Verdict.OK)
    assert empty.receive(inbound("hello")).explanation.sender == SENDER


@pytest.mark.rule("R3")
def test_profiles_are_counted_by_whether_their_phone_can_be_read(empty: Workspace) -> None:
    for profile_id, phone in {"a": "+12025550101", "b": "(202) 555-0102", "c": "n/a", "d": None}.items():
        empty.identify(profile_id, {"phone": phone})

    found = check(empty.setup_report(), "phone attribute")

    assert found.verdict is Verdict.WARNING
    assert "2 of 4 profiles" in found.found
    assert "1 have none" not in found.found
    assert "1 has none" in found.found


@pytest.mark.rule("R6")
def test_the_test_message_is_found_in_the_activity_log(empty: Workspace) -> None:
    before = check(empty.setup_report(), "test message")
    empty.receive(inbound("testing"))
    after = check(empty.setup_report(), "test message")

    assert (before.verdict, after.verdict) == (Verdict.WARNING, Verdict.OK)
    assert "1 inbound message " in after.found
    assert any("testing" in entry.text for entry in empty.activity())


def test_a_region_that_does_not_exist_is_refused(empty: Workspace) -> None:
    with pytest.raises(SetupError, match="'us' or 'eu'"):
        empty.set_region("asia")


def test_markup_in_a_url_does_not_reach_the_report(empty: Workspace) -> None:
    empty.add_sender(Sender(SENDER, None, "http://127.0.0.1/<img src=x onerror=alert(1)>"))

    assert "<img" not in empty.setup_report()._repr_html_()
