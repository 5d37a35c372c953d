"""Overrides: the connection settings that a webhook URL carries behind its `#`.

Keys, ranges and defaults: twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from simulator.carrier.config import CarrierConfig

#: What a retry policy may name: an answer 4xx or 5xx, no connection, no answer in time.
POLICIES = ("4xx", "5xx", "ct", "rt")


@dataclass(frozen=True, slots=True)
class Connection:
    """Say how patiently one webhook is tried. Times are seconds; `retry_on` holds words of `POLICIES`."""

    connect_timeout: float
    read_timeout: float
    total_timeout: float
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})


def connection_of(url: str, config: CarrierConfig) -> Connection:
    """Read the overrides of a URL; a value out of its range or misspelt leaves the default."""
    if "#" not in url:
        return Connection(config.connect_timeout, config.read_timeout, config.total_timeout)
    given = dict(parse_qsl(urlsplit(url).fragment))
    return Connection(
        connect_timeout=_millis(given.get("ct"), 10000, config.connect_timeout),
        read_timeout=_millis(given.get("rt"), 15000, config.read_timeout),
        total_timeout=_millis(given.get("tt"), 15000, config.total_timeout),
        retries=_count(given.get("rc")),
        retry_on=_policy(given.get("rp")),
    )


def _millis(text: str | None, highest: int, default: float) -> float:
    # Asked first for its length: Python refuses to read a number of thousands of digits.
    if text is None or len(text) > 5 or not text.isdecimal() or not 100 <= int(text) <= highest:
        return default
    return int(text) / 1000


def _count(text: str | None) -> int:
    return int(text) if text is not None and len(text) == 1 and text.isdecimal() and int(text) <= 5 else 1


def _policy(text: str | None) -> frozenset[str]:
    if text is None:
        return frozenset({"ct"})
    words = {word.strip() for word in text.split(",")}
    return frozenset(POLICIES) if "all" in words else frozenset(words & set(POLICIES))
