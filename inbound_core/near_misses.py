"""Near misses: profiles that look like the author of a message but do not match, and why (R18)."""

from collections.abc import Iterable

from inbound_core.profiles import NearMiss, Profile

#: More would hide what to look at.
MOST = 5


def explain_near_misses(phone: str, resembling: Iterable[tuple[Profile, str | None]]) -> tuple[NearMiss, ...]:
    """Say for each resembling profile what kept its phone from matching the number.

    `resembling` pairs a profile with the repair that is proposed for its phone, if there is one, the likeliest
    first; the first five that come into question are told. Profiles
    that read well as quite another number and only end alike are left out unless their national digits agree.
    """
    found = []
    for profile, suggested in resembling:
        why = _why(phone, profile, suggested)
        if why:
            found.append(NearMiss(profile.id, profile.phone or "", why))
    return tuple(found[:MOST])


def _why(phone: str, profile: Profile, suggested: str | None) -> str | None:
    stored = profile.phone or ""
    if suggested == phone:
        if profile.phone_e164:
            return f"It reads as {profile.phone_e164}; repaired it would be {phone}. Store it in E.164."
        return f"It could not be read as it stands; repaired it would be {phone}. Store it in E.164."
    if profile.phone_e164 is None:
        return f"It could not be read as a number, but its last digits are those of {phone}."
    digits = "".join(c for c in stored if c.isdecimal())
    if len(digits) >= 9 and phone.lstrip("+").endswith(digits.lstrip("0")[-9:]):
        return f"It reads as {profile.phone_e164}, which is another country's number with the same digits."
    return None
