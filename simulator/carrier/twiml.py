"""TwiML: what an application's answer asks for. The XML comes from strangers, so defusedxml reads it."""

import re
from collections.abc import Set
from dataclasses import dataclass, field
from functools import lru_cache
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree as SafeXml
from defusedxml.common import DefusedXmlException

from simulator.carrier.errors import CarrierError
from simulator.carrier.phone_numbers import as_e164, is_short_code

XML_TYPES = ("text/xml", "application/xml", "text/html")
MAX_MEDIA = 10
_MESSAGE_ATTRIBUTES = {"to", "from", "action", "method", "statusCallback"}


class TwimlError(CarrierError, ValueError):
    """Report an answer that cannot be carried out, under Twilio's code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """Be one `<Message>`: what to send, and to whom when not to the person who texted."""

    body: str
    media_urls: tuple[str, ...] = ()
    to_phone: str | None = None
    from_phone: str | None = None
    action: str | None = None
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Be one `<Redirect>`: fetch more TwiML from this URL, which may be relative."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Script:
    """Be what an answer asks for, in order, with the warnings that reading it gave as (code, text)."""

    replies: tuple[Reply, ...] = ()
    redirect: Redirect | None = None
    warnings: tuple[tuple[int, str], ...] = ()


@dataclass(slots=True)
class _Reading:
    replies: list[Reply] = field(default_factory=list)
    redirect: Redirect | None = None
    warnings: list[tuple[int, str]] = field(default_factory=list)

    def warn(self, code: int, text: str) -> None:
        self.warnings.append((code, text))


# Most applications give the same few answers over and over.
@lru_cache(maxsize=64)
def read_answer(content_type: str | None, body: bytes) -> Script:
    """Read an answer by its content type; raise `TwimlError` with 11200, 12100 or 12300.

    >>> read_answer("text/plain", b"Thanks!").replies[0].body
    'Thanks!'
    """
    if content_type is None or not content_type.strip():
        raise TwimlError(11200, "the answer has no Content-Type header")
    kind = content_type.partition(";")[0].strip().lower()
    charset = _charset(content_type)
    if kind == "text/plain":
        text = body.decode(charset or "utf-8", "replace")
        return Script((Reply(text),) if text else ())
    if kind not in XML_TYPES:
        raise TwimlError(12300, f"Twilio does not handle the Content-Type {kind}")
    return read_twiml(body, charset)


def _charset(content_type: str) -> str | None:
    """Give the encoding that a Content-Type names, where Python knows it as one of text."""
    found = re.search(r'charset="?([\w.:-]+)', content_type, re.ASCII | re.IGNORECASE)
    try:
        b"a".decode(found[1] if found else "", "replace")
    except (LookupError, ValueError):
        return None
    return found[1] if found else None


def read_twiml(xml: bytes, charset: str | None = None) -> Script:
    """Read TwiML; raise `TwimlError` 12100 for what is no XML or has no <Response>.

    An encoding named by the Content-Type counts before the one that the document declares (RFC 7303).
    """
    try:
        parser = SafeXml.DefusedXMLParser(encoding=charset, forbid_dtd=True)
        parser.feed(xml)
        root = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise TwimlError(12100, f"the document could not be parsed: {error}") from error
    if root.tag != "Response":
        raise TwimlError(12100, f"the root is <{root.tag}>, not <Response>")
    reading = _Reading()
    if any(text and text.strip() for text in (root.text, *(verb.tail for verb in root))):
        reading.warn(12200, "text stands in <Response> itself and is not sent; put it into a <Message>")
    for verb in root:
        if not _read_verb(verb, reading):
            break
    return Script(tuple(reading.replies), reading.redirect, tuple(reading.warnings))


def _read_verb(verb: Element, reading: _Reading) -> bool:
    """Read one verb; tell whether the next one is reached."""
    if verb.tag in ("Message", "Sms"):
        _read_message(verb, reading)
        return True
    if verb.tag == "Redirect":
        if reading.replies and reading.replies[-1].action:
            return False  # a <Message> with an action makes a <Redirect> behind it unreachable
        _check_attributes(verb, {"method"}, reading)
        method = _method(verb, reading)
        reading.redirect = Redirect(_text(verb, reading).strip(), method)
        return False
    reading.warn(12200, f"<{verb.tag}> is no verb of messaging TwiML; names are case-sensitive")
    return True


def _read_message(verb: Element, reading: _Reading) -> None:
    _check_attributes(verb, _MESSAGE_ATTRIBUTES, reading)
    texts, media = [verb.text or ""], []
    for child in verb:
        if child.tag == "Body":
            texts.append(_text(child, reading))
        elif child.tag == "Media":
            media.append(_text(child, reading).strip())
        else:
            reading.warn(12200, f"<{child.tag}> does not belong in <Message>")
        texts.append(child.tail or "")
    body = "".join(texts).strip()
    problem = _problem(body, media)
    if problem is not None:
        reading.warn(*problem)
        return
    addresses = _addresses(verb, reading)
    if addresses is not None:
        action = verb.get("action") or verb.get("statusCallback")
        reading.replies.append(Reply(body, tuple(media), *addresses, action, _method(verb, reading)))


def _text(element: Element, reading: _Reading) -> str:
    """Give the text of an element that holds nothing else; what stands in it all the same is left out."""
    texts = [element.text or ""]
    for child in element:
        reading.warn(12200, f"<{child.tag}> does not belong in <{element.tag}> and is left out")
        texts.append(child.tail or "")
    return "".join(texts)


def _check_attributes(verb: Element, known: Set[str], reading: _Reading) -> None:
    for name in verb.attrib:
        if name not in known:
            reading.warn(12200, f"<{verb.tag}> has no attribute {name!r}")


def _problem(body: str, media: list[str]) -> tuple[int, str] | None:
    if not body and not media:
        return 14103, "a <Message> without text and without media is not sent"
    if len(media) > MAX_MEDIA:
        return 14103, f"a <Message> with {len(media)} media is over the limit of {MAX_MEDIA} and is not sent"
    return None


def _addresses(verb: Element, reading: _Reading) -> tuple[str | None, str | None] | None:
    found: list[str | None] = []
    for name, code in (("to", 14101), ("from", 14102)):
        given = verb.get(name)
        phone = None if given is None else given if name == "from" and is_short_code(given) else as_e164(given)
        if given is not None and phone is None:
            reading.warn(code, f"the attribute {name}={given!r} of a <Message> is no phone number; it is not sent")
            return None
        found.append(phone)
    return found[0], found[1]


def _method(verb: Element, reading: _Reading) -> str:
    method = verb.get("method", "POST").upper()
    if method not in ("GET", "POST"):
        reading.warn(14104, f"method={verb.get('method')!r} is neither GET nor POST; POST is used")
        return "POST"
    return method
