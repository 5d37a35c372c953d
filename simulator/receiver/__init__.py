"""The platform's HTTP face: the inbound webhook, status callbacks and the Track API, thin, over the engine."""

from simulator.receiver.express import Express
from simulator.receiver.inbound_sms import INBOUND_PATH, receiver_blueprint
from simulator.receiver.message_status import STATUS_PATH, status_blueprint
from simulator.receiver.signed_forms import ReceiverConfig
from simulator.receiver.track_api import TrackCredentials, track_blueprint

__all__ = [
    "INBOUND_PATH",
    "STATUS_PATH",
    "Express",
    "ReceiverConfig",
    "TrackCredentials",
    "receiver_blueprint",
    "status_blueprint",
    "track_blueprint",
]
