"""Told: what a call on the bench came to, as a sentence that a notebook shows; never a port, a token or a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from inbound_core.explanation import Explanation
from simulator.carrier import HandsetMessage
from simulator.carrier.records import Origin
from simulator.outcomes import Delivery, TextOutcome
from workbench import pages
from workbench.naming import readable
from workbench.still import still


@dataclass(frozen=True, slots=True)
class Told:
    """Show one text on its way: the handset, Twilio, the platform. `outcome` has all of it as values."""

    outcome: TextOutcome
    names: Mapping[str, str]
    #: What the handset got since, with who wrote it: Twilio itself (R22), or the platform.
    answers: tuple[HandsetMessage, ...] = ()

    @property
    def explanation(self) -> Explanation | None:
        """Give the platform's explanation, or None when nothing arrived."""
        return self.outcome.explanation

    def lines(self) -> list[str]:
        """Give it as plain text."""
        lines = [f"handset   {self.outcome.from_phone} -> {self.outcome.to_phone}: {pages.shown(self.outcome.body)}"]
        lines += [f"twilio    {delivery_words(delivery)}" for delivery in self.outcome.deliveries]
        lines += ["twilio    no webhook: the number has no inbound URL."] if not self.outcome.deliveries else []
        lines += [f"handset   hears {author_words(answer)}: {answer.body}" for answer in self.answers]
        lines += [f"platform  {line}" for line in explanation_lines(self.explanation, self.names)]
        return lines

    def __repr__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        outcome = self.outcome
        handset = [pages.paragraph(pages.code(outcome.from_phone), " → ", pages.code(outcome.to_phone))]
        handset.append(pages.paragraph("“", pages.shown(outcome.body), "”"))
        twilio = [pages.paragraph(delivery_words(d)) for d in outcome.deliveries]
        if not outcome.deliveries:
            twilio = [pages.paragraph(pages.badge("no webhook", "bad"), " The number has no inbound URL.")]
        twilio += [pages.paragraph(pages.badge(author_words(a), "info"), " ", a.body) for a in self.answers]
        platform = explanation_html(self.explanation, self.names)
        lanes = (("Handset", pages.join(handset)), ("Twilio's side", pages.join(twilio)), ("Platform", platform))
        cells = (
            pages.element("div", pages.element("b", name), inner, css=f"iw-lane{' iw-wide' * (name == 'Platform')}")
            for name, inner in lanes
        )
        return str(still(pages.element("div", pages.element("div", *cells, css="iw-lanes"), css="iw-view")))


@dataclass(frozen=True, slots=True)
class Notice:
    """Show one sentence: that something was done, or why it was refused. True when it was done."""

    done: bool
    title: str
    text: str

    def __bool__(self) -> bool:
        return self.done

    def __repr__(self) -> str:
        return f"{self.title}: {pages.brief(self.text)}"

    def _repr_html_(self) -> str:
        tone = "good" if self.done else "bad"
        inner = pages.join((pages.badge(self.title, tone), " ", pages.brief(self.text)))
        return str(still(pages.element("div", pages.element("div", inner, css=f"iw-notice iw-{tone}"), css="iw-view")))


def author_words(answer: HandsetMessage) -> str:
    """Say who wrote what a handset got: an answer of Twilio's own never passes through the platform (R22)."""
    if answer.by in (Origin.TWILIO, Origin.NETWORK):
        return "Twilio's own answer"
    return "a TwiML reply" if answer.by is Origin.REPLY else "from the platform"


def delivery_words(delivery: Delivery) -> str:
    """Say how a webhook was answered, naming its path and not its port."""
    path = urlsplit(delivery.url).path or "/"
    if delivery.status is None:
        return f"Signed webhook to {path}: no answer (Twilio error {delivery.error_code})."
    failed = f" (Twilio error {delivery.error_code})" if delivery.error_code else ""
    return f"Signed webhook to {path}: answered {delivery.status}{failed}."


def explanation_lines(explanation: Explanation | None, names: Mapping[str, str]) -> list[str]:
    """Give an explanation as lines of plain text, with services by their names."""
    if explanation is None:
        return ["Nothing arrived."]
    return [readable(line, names) for line in explanation.lines()]


def explanation_html(explanation: Explanation | None, names: Mapping[str, str]) -> Markup:
    """Show who a message was attributed to, and the rules that decided."""
    if explanation is None:
        return pages.paragraph(pages.badge("nothing arrived", "bad"))
    if explanation.attributed_to:
        who = pages.join((pages.badge("profile", "good"), " ", pages.element("b", explanation.attributed_to)))
    else:
        who = pages.badge("anonymous event", "warn")
    state = explanation.consent_after.replace("_", " ")
    if explanation.consent_after != explanation.consent_before:
        who = pages.join((who, " ", pages.badge(state, "bad" if "out" in state else "good")))
    steps: list[tuple[Markup, object]] = [
        (pages.rule(reason.rule), readable(reason.text, names)) for reason in explanation.reasons
    ]
    for miss in explanation.near_misses:
        near = ("Near miss: ", pages.element("b", miss.profile_id), " has ", pages.code(miss.phone), ". ", miss.why)
        steps.append((pages.rule("R18"), pages.join(near)))
    return pages.join((pages.paragraph(who), pages.table((), steps)))
