"""API faults: Twilio's API limits, fails or hangs, for an application that has to cope with it."""

import time

from flask import Flask, Response, jsonify, request

from simulator.fault_plans import FaultPlan
from simulator.faults import API_FAULTS, Faults

_API_PATHS = ("/2010-04-01/", "/v1/Services")


def install_api_faults(app: Flask, faults: Faults, real_waits: bool) -> None:
    """Let armed faults of the hop `api` answer in the API's place.

    An API that hangs lets time pass on the clock, or with `real_waits` really, then answers 504.
    """
    app.extensions[API_FAULTS] = faults

    @app.before_request
    def api_fault() -> Response | None:
        """Answer with a fault, or let the request through."""
        if not request.path.startswith(_API_PATHS):
            return None
        plan = faults.api_fault(request.form.get("To", ""), request.form.get("Body", ""))
        if plan is None:
            return None
        if plan.kind == "hang":
            (time.sleep if real_waits else faults.clock.sleep)(plan.seconds)
        return _answer(plan)


def answer_to(plan: FaultPlan) -> tuple[int, int, str]:
    """Give Twilio's code, the status and the text by which the API answers with a fault."""
    return {
        "rate_limit": (20429, 429, "Too Many Requests"),
        "error": (20500, plan.code or 500, "An internal server error has occurred"),
        "hang": (20504, 504, "Gateway Timeout"),
    }[plan.kind]


def _answer(plan: FaultPlan) -> Response:
    code, status, text = answer_to(plan)
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    answer = jsonify({"code": code, "message": text, "more_info": more_info, "status": status})
    answer.status_code = status
    if plan.kind == "rate_limit":
        answer.headers["Retry-After"] = str(int(plan.seconds) or 1)
    return answer
