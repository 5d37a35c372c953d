"""Keyword tester: any text against the words, with the rule that decided; and thousands of replies at once (R19)."""

from functools import partial

import ipywidgets as w
from markupsafe import Markup

from inbound_core.keywords import LANGUAGE_PACKS, KeywordAction, KeywordMatch, event_keyword, match_keyword
from workbench import pages
from workbench.card import Card, button, guarded, html, line
from workbench.choices import Choices
from workbench.reply_samples import Tried, replies, try_replies

_ACTIONS = {
    KeywordAction.OPT_OUT: ("opts out", "bad", "The number gets nothing more from the sender that was replied to."),
    KeywordAction.OPT_IN: ("opts in", "good", "An opt-out of that sender is lifted."),
    KeywordAction.HELP: ("asks for help", "info", "Twilio answers; nothing changes."),
}
_EXAMPLES = ("STOP", " stop ", "STOP PLEASE", "stop!", "YES", "yes please", "ARRET", "HELP", "BOOK")


class KeywordTester(Card):
    """Test a body with the switches that bear on it: languages, trailing punctuation, `OptOutType`, own keywords."""

    heading = "Keyword tester"
    hint = "A keyword is the whole message, in any case, with white space around it trimmed."

    def __init__(self, body: str = "STOP PLEASE", own_keywords: str = "BOOK, JOIN") -> None:
        wide = w.Layout(width="min(340px, 100%)")
        self.body = w.Text(value=body, layout=wide, placeholder="a reply")
        self.body.add_class("iw-keyword-body")
        languages = [(pack.name, code) for code, pack in LANGUAGE_PACKS.items()]
        self.packs = Choices(languages, ("en",), self.judge, "Words in")
        self.punctuation = w.Checkbox(
            value=False, description="punctuation behind a word is ignored", indent=False, layout=w.Layout(width="auto")
        )
        declared = [("not in the webhook", ""), ("STOP", "STOP"), ("START", "START"), ("HELP", "HELP")]
        self.opt_out_type = w.Dropdown(options=declared, description="OptOutType")
        self.own = w.Text(value=own_keywords, layout=wide, description="Own words")
        self.verdict, self.many = html(), html()
        for control in (self.body, self.punctuation, self.opt_out_type, self.own):
            control.observe(lambda _change: self.judge(), "value")
        switches = line(self.own, self.opt_out_type, self.punctuation)
        examples = [button(text.replace(" stop ", "␣stop␣"), partial(self.example, text)) for text in _EXAMPLES]
        many = button("Try 5,000 replies", self.try_many, "iw-many")
        super().__init__(line(self.body, *examples), self.packs, switches, self.verdict, line(many), self.many)
        self.judge()

    def example(self, text: str) -> None:
        """Take over an example."""
        self.body.value = text

    def match(self) -> KeywordMatch:
        """Ask the engine."""
        body, declared = self.body.value, self.opt_out_type.value or None
        return match_keyword(body, declared, self.packs.values, self.punctuation.value)

    @guarded
    def judge(self) -> None:
        """Show the verdict about what is typed."""
        self.verdict.show(self.picture())

    def picture(self) -> Markup:
        """Show what the body does and the rule that decided."""
        found = self.match()
        told = f"{found.why.rstrip('.')} ({found.rule})."
        if found.action is None:
            head = pages.join((pages.badge("ordinary message", "quiet"), " ", told))
        else:
            word, tone, meaning = _ACTIONS[found.action]
            head = pages.join((pages.badge(word, tone), " ", told, " ", meaning))
        return pages.join((pages.element("div", head, css="iw-notice"), self._own_word()))

    def own_words(self) -> frozenset[str]:
        """Give the reader's own words as a message would be compared with them."""
        return frozenset(word.strip().upper() for word in self.own.value.split(",") if word.strip())

    def _own_word(self) -> Markup:
        word = event_keyword(self.body.value)
        if word and word in self.own_words():
            text = f"{word} is one of your own words: a campaign or segment that waits for it is triggered (R1)."
            return pages.paragraph(pages.badge("own keyword", "info"), " ", text)
        said = f"event.keyword is {word}" if word else "event.keyword is empty: more than one word"
        return pages.paragraph(f"{said}; none of your own words.", css="iw-dim")

    @guarded
    def try_many(self) -> None:
        """Put 5,000 replies before the rule, with the switches as they stand."""
        tried = try_replies(replies(5_000), self.packs.values, self.punctuation.value, self.own_words())
        self.many.show(tried_picture(tried))


def tried_picture(tried: Tried) -> Markup:
    """Show what became of many replies, whom it hit against their will and whose wish it missed."""
    line_1 = (
        f"{tried.replies:,} replies: {tried.opted_out:,} opted out, {tried.opted_in:,} opted in, "
        f"{tried.helped:,} asked for help."
    )
    columns = (
        ("Opted out against their will", tried.against, "bad"),
        ("Wanted out and stay in", tried.missed, "warn"),
        ("One of your own words", tried.own, "info"),
    )
    cells = []
    for title, found, tone in columns:
        rows = [
            (pages.code(pages.shown(body)), pages.element("span", f"{times:,}", css="iw-number"))
            for body, times in list(found.items())[:8]
        ]
        total = pages.badge(f"{sum(found.values()):,}", tone)
        head = pages.element("b", title, " ", total)
        cells.append(pages.element("div", head, pages.table((), rows), css="iw-lane"))
    return pages.join((pages.paragraph(line_1), pages.element("div", *cells, css="iw-lanes iw-even")))
