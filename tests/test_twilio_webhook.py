"""Twilio's webhook on the platform's side: the signature first, then the form (Twilio's published vectors)."""

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from inbound_core.twilio.signature import SignatureError, check_signature, usual_signature
from inbound_core.twilio.webhook import WebhookError, message_from_form
from tests.stores import START

TOKEN = "12345"
URL = "https://example.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": ["CA1234567890ABCDE"],
    "Digits": ["1234"],
    "From": ["+14158675310"],
    "To": ["+18005551212"],
    "Caller": ["+14158675310"],
}
SIGNATURE = "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_the_documentations_vector_holds() -> None:
    check_signature(TOKEN, URL, FORM, SIGNATURE)


@pytest.mark.parametrize(
    ("token", "url", "form", "signature"),
    [
        pytest.param("12346", URL, FORM, SIGNATURE, id="another token"),
        pytest.param(TOKEN, URL.replace("https", "http"), FORM, SIGNATURE, id="another scheme"),
        pytest.param(TOKEN, URL + "&baz=3", FORM, SIGNATURE, id="another query"),
        pytest.param(TOKEN, URL, {**FORM, "Digits": ["1235"]}, SIGNATURE, id="a changed field"),
        pytest.param(TOKEN, URL, {**FORM, "More": [""]}, SIGNATURE, id="an added field"),
        pytest.param(TOKEN, URL, FORM, SIGNATURE.lower(), id="another case"),
        pytest.param(TOKEN, URL, FORM, "", id="an empty signature"),
        pytest.param(TOKEN, URL, FORM, None, id="no signature"),
        pytest.param(TOKEN, URL, FORM, "\u00e9", id="no base64"),
    ],
)
def test_anything_altered_is_refused_with_the_likely_cause(
    token: str, url: str, form: dict[str, list[str]], signature: str | None
) -> None:
    with pytest.raises(SignatureError, match="X-Twilio-Signature"):
        check_signature(token, url, form, signature)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param({"B": ["2"], "a": ["1"], "A": [""]}, id="capitals before small letters"),
        pytest.param({"To": ["b", "a", "b"], "From": ["c"]}, id="a name that comes several times"),
        pytest.param({"Body": ["\u00e9 \U0001f600"], "\uffff": ["1"], "\U00010000": ["2"]}, id="other scripts"),
        pytest.param({}, id="an empty form"),
    ],
)
def test_a_form_is_signed_as_twilios_own_validator_signs_it(form: dict[str, list[str]]) -> None:
    theirs = RequestValidator(TOKEN).compute_signature(URL, MultiDict(form))

    check_signature(TOKEN, URL, form, theirs)
    assert usual_signature(TOKEN, URL, form).decode() == theirs


@pytest.mark.parametrize("url", [URL.replace("example.com", "example.com:443"), URL])
def test_the_signature_holds_with_and_without_the_usual_port(url: str) -> None:
    check_signature(TOKEN, url, FORM, SIGNATURE)


WEBHOOK = {
    "ToCountry": "US",
    "SmsMessageSid": "SM" + "1" * 32,
    "NumMedia": "0",
    "ToCity": "",
    "SmsSid": "SM" + "1" * 32,
    "SmsStatus": "received",
    "Body": "Stop ",
    "FromCountry": "US",
    "To": "+12025550199",
    "MessagingServiceSid": "MG" + "2" * 32,
    "OptOutType": "STOP",
    "NumSegments": "1",
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": "AC" + "3" * 32,
    "From": "+12025550101",
    "ApiVersion": "2010-04-01",
    "SomethingNew": "kept",
}


@pytest.mark.rule("R20")
@pytest.mark.rule("R24")
def test_a_form_becomes_a_message_and_keeps_what_is_not_known() -> None:
    message = message_from_form(WEBHOOK, START)

    assert (message.from_phone, message.to_phone, message.body) == ("+12025550101", "+12025550199", "Stop ")
    assert (message.sender, message.opt_out_type) == ("MG" + "2" * 32, "STOP")
    assert message.raw["SomethingNew"] == "kept"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"MessageSid": ""}, "lacks MessageSid", id="no MessageSid"),
        pytest.param({"From": "", "To": ""}, "lacks From, To", id="no numbers"),
        pytest.param({"MessageSid": "", "MessageStatus": "sent"}, "status callback", id="a status callback"),
        pytest.param({"MessageSid": "", "CallSid": "CA1"}, "Voice", id="a call"),
        pytest.param({"MessageSid": "SM123"}, "32 hexadecimal", id="a short sid"),
        pytest.param({"MessageSid": "SM" + "g" * 32}, "32 hexadecimal", id="no hexadecimal sid"),
        pytest.param({"NumMedia": "-1"}, "NumMedia", id="a negative count"),
        pytest.param({"NumSegments": "x" * 50}, "NumSegments", id="no count"),
        pytest.param({"NumMedia": "\u0663"}, "NumMedia", id="a digit of another script"),
    ],
)
def test_a_form_that_is_no_message_names_the_field_at_fault(change: dict[str, str], said: str) -> None:
    with pytest.raises(WebhookError, match=said):
        message_from_form({**WEBHOOK, **change}, START)
