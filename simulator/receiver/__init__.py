"""The platform's HTTP face: the inbound webhook and the Track API, thin, over the engine."""

from simulator.receiver.inbound_sms import ReceiverConfig, receiver_blueprint
from simulator.receiver.track_api import TrackCredentials, track_blueprint

__all__ = ["ReceiverConfig", "TrackCredentials", "receiver_blueprint", "track_blueprint"]
