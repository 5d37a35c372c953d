"""The fake Twilio: account, numbers, services, REST API, opt-out and webhooks. It imports nothing of `inbound_core`."""

from simulator.carrier.advanced_opt_out import AdvancedOptOut, Wording
from simulator.carrier.carrier import Carrier
from simulator.carrier.config import CarrierConfig
from simulator.carrier.errors import ApiError, CarrierError
from simulator.carrier.ids import RandomIds, SeededIds
from simulator.carrier.message_store import MessageFilter
from simulator.carrier.opt_out import Keyword
from simulator.carrier.records import (
    Alert,
    CarrierEvent,
    CarrierMessage,
    HandsetMessage,
    Media,
    OptOut,
    Origin,
    WebhookAttempt,
)
from simulator.carrier.resources import IncomingNumber, MessagingService
from simulator.carrier.rest import rest_blueprint
from simulator.carrier.statuses import Reach

__all__ = [
    "AdvancedOptOut",
    "Alert",
    "ApiError",
    "Carrier",
    "CarrierConfig",
    "CarrierError",
    "CarrierEvent",
    "CarrierMessage",
    "HandsetMessage",
    "IncomingNumber",
    "Keyword",
    "Media",
    "MessageFilter",
    "MessagingService",
    "OptOut",
    "Origin",
    "RandomIds",
    "Reach",
    "SeededIds",
    "WebhookAttempt",
    "Wording",
    "rest_blueprint",
]
