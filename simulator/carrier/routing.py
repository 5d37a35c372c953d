"""Routing: which URL hears of a message, by the rules of Twilio's number and service resources."""

from dataclasses import dataclass

from simulator.carrier.resources import IncomingNumber, MessagingService


@dataclass(frozen=True, slots=True)
class Target:
    """Be where a message goes: a URL and what to try when that fails; `""` means none."""

    url: str
    method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"


@dataclass(frozen=True, slots=True)
class Route:
    """Say where an inbound message goes and why. `received` is False where receiving is switched off."""

    target: Target | None
    why: str
    received: bool = True


def route(number: IncomingNumber, service: MessagingService | None, application: Target | None = None) -> Route:
    """Choose the URL of an inbound message. `application` is the number's TwiML application, if it has one."""
    if service is None:
        return _by_number(number, application, "the number is in no service")
    if service.use_inbound_webhook_on_number:
        return _by_number(number, application, "the service defers to the webhook of the number")
    if not service.inbound_request_url:
        why = f"receiving is disabled on {service.friendly_name}: it has no inbound URL, so the message is dropped"
        return Route(None, why, received=False)
    target = Target(
        service.inbound_request_url, service.inbound_method, service.fallback_url or "", service.fallback_method
    )
    return Route(target, f"the service {service.friendly_name} has an inbound URL")


def _by_number(number: IncomingNumber, application: Target | None, why: str) -> Route:
    if application is not None:
        return Route(application if application.url else None, f"{why}, and its TwiML application decides")
    if not number.sms_url:
        return Route(None, f"{why}, and the number has no SMS URL: the message is logged only")
    target = Target(number.sms_url, number.sms_method, number.sms_fallback_url, number.sms_fallback_method)
    return Route(target, f"{why}, so its own SMS URL counts")
