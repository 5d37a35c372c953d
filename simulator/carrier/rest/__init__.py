"""The REST API of the fake Twilio, as one Flask blueprint."""

from simulator.carrier.rest.blueprint import rest_blueprint

__all__ = ["rest_blueprint"]
