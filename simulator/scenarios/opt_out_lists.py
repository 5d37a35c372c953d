"""Opt-out lists: Twilio's Advanced Opt-Out of a sender, as a scenario writes it."""

from collections.abc import Mapping
from typing import Any

from simulator.carrier.advanced_opt_out import AdvancedOptOut, Wording
from simulator.carrier.opt_out import Keyword


def lists_of(given: bool | Mapping[str, Any]) -> AdvancedOptOut:
    """Give the lists: Twilio's own, with the words and answers that are given in their place.

    Raise `AdvancedOptOutError` for words that Twilio does not take.
    """
    usual = AdvancedOptOut().standard
    own = {} if isinstance(given, bool) else given
    return AdvancedOptOut({keyword: _wording(usual[keyword], own.get(keyword.lower(), {})) for keyword in Keyword})


def _wording(usual: Wording, own: Mapping[str, Any]) -> Wording:
    words = tuple(str(word).strip().upper() for word in own.get("words", usual.keywords))
    return Wording(words, own.get("answer", usual.answer))
