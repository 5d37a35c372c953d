"""Telling: put what the carrier did onto the timeline, with names in the place of numbers."""

from typing import TYPE_CHECKING, Any

from simulator.carrier.statuses import NOT_DELIVERED

if TYPE_CHECKING:
    from simulator.scenarios.world import World


def tell_message(world: "World", message: Any) -> None:
    """Tell of a message of the carrier that is new, or has a new status."""
    data = {
        "sid": message.sid,
        "status": message.status,
        "from": message.from_phone,
        "to": message.to_phone,
        "body": message.body,
        "by": str(message.origin),
        "error": message.error_code,
        "segments": message.num_segments,
    }
    if message.direction == "inbound":
        text = f"{world.name_of(message.handset)} -> {world.name_of(message.number)}: {message.body}"
        world.timeline.tell("handset", text, data)
        return
    heard = world.ears.has_heard(message.sid)
    failed = message.status in NOT_DELIVERED
    by = " (Twilio's own answer)" if str(message.origin) in ("twilio", "network") else ""
    text = f"{world.name_of(message.handset)} <- {world.name_of(message.number)}: {message.body}{by}"
    if failed:
        text = f"{message.status} ({message.error_code}): to {world.name_of(message.handset)}: {message.body}"
    late = world.ears.heard_before(message.sid)
    if late and message.status == "delivered":
        text = f"the receipt comes: {world.name_of(message.handset)} has {message.body}"
    fresh = heard and not late and message.status in ("delivered", "sent")
    world.timeline.tell("handset" if fresh else "carrier", text, data, told=fresh or failed or late)


def tell_attempt(world: "World", attempt: Any) -> None:
    """Tell of a request to an application."""
    path = attempt.url.removeprefix(world.url)
    answer = attempt.status if attempt.status is not None else "no answer"
    failed = f", error {attempt.error_code}: {attempt.error}" if attempt.error_code else ""
    data = {"message": attempt.message_sid, "kind": attempt.kind, "status": attempt.status}
    data["signature"] = attempt.headers.get("X-Twilio-Signature") if not world.config.over_http else None
    world.timeline.tell("carrier", f"webhook {path}: {answer}{failed}", data)
