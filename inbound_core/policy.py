"""Policy: the points on which the documentation is silent, each an explicit switch with its reason."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

from inbound_core.errors import SetupError, perhaps
from inbound_core.keywords import LANGUAGE_PACKS
from inbound_core.phones import InvalidRegion, checked_region


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold the switches of a workspace. The defaults are what the documentation says or comes closest to."""

    #: R12 says "created first" and nothing of equal times: the profile stored first, or the lower id.
    tie_break: Literal["stored_first", "lower_id"] = "stored_first"
    #: R19 trims white space; nothing is documented about `STOP.` or `stop!`, so they stay ordinary.
    keyword_trailing_punctuation: bool = False
    #: A START from someone who is not opted out: log it, or write it to the ledger as well.
    opt_in_when_not_opted_out: Literal["log", "record"] = "log"
    #: R24: where Twilio's verdict and our word list differ, Twilio has already acted on its own.
    opt_out_type_wins: bool = True
    #: Keyword lists in force, as codes of `LANGUAGE_PACKS`.
    language_packs: tuple[str, ...] = ("en",)
    #: R10: numbers without a calling code are read as US or Canadian.
    default_region: str = "US"
    #: R9: the attribute that says which country a profile's number is from; None reads all by the default.
    region_attribute: str | None = "country"

    def __post_init__(self) -> None:
        """Refuse values outside the switches' own."""
        _one_of("tie_break", self.tie_break, ("stored_first", "lower_id"))
        for name in ("keyword_trailing_punctuation", "opt_out_type_wins"):
            if not isinstance(getattr(self, name), bool):
                raise PolicyError(f"{getattr(self, name)!r} is no choice for {name}. Choose true or false.")
        _one_of("opt_in_when_not_opted_out", self.opt_in_when_not_opted_out, ("log", "record"))
        for code in self.language_packs:
            _one_of("language_packs", code, tuple(LANGUAGE_PACKS))
        try:
            checked_region(self.default_region)
        except InvalidRegion as error:
            raise PolicyError(f"default_region: {error}") from error

    def changed(self, **switches: Any) -> "Policy":
        """Return a copy with some switches set; raise `PolicyError` for one that does not exist."""
        known = {field.name for field in fields(self)}
        for name in switches:
            _one_of("policy", name, tuple(sorted(known)))
        if "language_packs" in switches:
            switches["language_packs"] = tuple(switches["language_packs"])
        return replace(self, **switches)

    def to_dict(self) -> dict[str, Any]:
        """Give the switches as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, switches: Mapping[str, Any]) -> "Policy":
        """Read what `to_dict` wrote."""
        return cls().changed(**dict(switches))


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise PolicyError(
            f"{value!r} is no choice for {name}. {perhaps(value, allowed)}Choose one of: {', '.join(allowed)}."
        )


class PolicyError(SetupError, ValueError):
    """Report a switch or a choice that does not exist."""
