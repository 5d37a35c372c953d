"""Resources: what people set up by hand in an account, as its REST API names it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class IncomingNumber:
    """Be a number of the account, or a short code (its sid begins with SC).

    `service_sid` is the messaging service whose pool it is in.
    """

    sid: str
    phone_number: str
    created_at: datetime
    updated_at: datetime
    friendly_name: str = ""
    service_sid: str | None = None
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    sms_application_sid: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"
    capabilities: dict[str, bool] = field(default_factory=lambda: {"voice": True, "sms": True, "mms": True})
    #: Fields that are stored and given back but change nothing here, such as the voice URLs.
    other: dict[str, Any] = field(default_factory=dict)

    @property
    def is_short_code(self) -> bool:
        """Tell whether this is a short code."""
        return self.sid.startswith("SC")


@dataclass(frozen=True, slots=True)
class MessagingService:
    """Be a messaging service: a pool of senders with one inbound URL and one opt-out list."""

    sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    inbound_request_url: str | None = None
    inbound_method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    sticky_sender: bool = True
    mms_converter: bool = True
    smart_encoding: bool = True
    scan_message_content: str = "inherit"
    fallback_to_long_code: bool = True
    area_code_geomatch: bool = True
    validity_period: int = 36000
    synchronous_validation: bool = False
    usecase: str = "undeclared"
    use_inbound_webhook_on_number: bool = False
    #: Advanced Opt-Out as `AdvancedOptOut.to_dict` gives it, or None while it is off.
    advanced_opt_out: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class AlphaSender:
    """Be a name that a messaging service sends under where numbers need not be shown. Nobody can answer it."""

    sid: str
    alpha_sender: str
    service_sid: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class TwimlApplication:
    """Be a set of URLs that several numbers share."""

    sid: str
    friendly_name: str
    created_at: datetime
    updated_at: datetime
    sms_url: str = ""
    sms_method: str = "POST"
    sms_fallback_url: str = ""
    sms_fallback_method: str = "POST"
    message_status_callback: str = ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Be an API key: a user name and secret for the REST API. It never signs a webhook."""

    sid: str
    friendly_name: str
    secret: str = field(repr=False)
    created_at: datetime
    updated_at: datetime
