"""Workspace rows: one line of a workspace file to one row of a table, and whether what was written can be read.

A file comes from anywhere, and a row that no page can show would only be noticed when it is too late to go back.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, LargeBinary, Select, Table, select
from sqlalchemy.engine import Connection
from sqlalchemy.types import Integer

from inbound_core.activity import ActivityKind
from inbound_core.consent import ConsentState
from inbound_core.explanation import Explanation
from inbound_core.policy import Policy
from inbound_core.regions import PlatformRegion
from inbound_core.storage import campaigns, segments, sending
from inbound_core.storage import tables as platform
from inbound_core.storage.tables import UtcTime
from simulator.carrier import tables as carried
from simulator.carrier.advanced_opt_out import AdvancedOptOut
from simulator.carrier.directory import as_resource
from simulator.carrier.log_store import all_opt_outs, as_alert, as_attempt
from simulator.carrier.message_store import as_message
from simulator.carrier.resources import MessagingService

#: What every database can keep as a whole number.
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

#: Columns of JSON that hold no object.
_OTHER_JSON = {"settings.value": object, "attempts.form": list}


def as_row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the row that a line's values mean; raise ValueError or TypeError for values that no column holds."""
    unknown = sorted(set(values) - {column.name for column in table.columns})
    if unknown:
        raise ValueError(f"{table.name} has no {unknown[0]!r}")
    return {column.name: _stored(column, values.get(column.name)) for column in table.columns}


def _stored(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    wanted = _wanted(column)
    # A truth value is a whole number for Python, and for no column of ours.
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool and wanted is not object):
        raise TypeError(f"{column.table.name}.{column.name} cannot be {str(value)[:40]!r}")
    if isinstance(value, int) and not _SMALLEST <= value <= _LARGEST:
        raise ValueError(f"{column.table.name}.{column.name} is too large")
    if isinstance(value, str):
        value.encode()
    return value


def _wanted(column: Column[Any]) -> Any:
    if isinstance(column.type, JSON):
        return _OTHER_JSON.get(f"{column.table.name}.{column.name}", dict)
    if isinstance(column.type, Boolean):
        return bool
    if isinstance(column.type, Float):
        return (int, float)
    return int if isinstance(column.type, Integer) else str


def read_back(on_platform: Connection, at_carrier: Connection) -> None:
    """Read every row as its own side will; raise whatever that raises for one that it cannot."""
    Policy.from_dict(sending.setting(on_platform, "policy") or {})
    PlatformRegion(sending.setting(on_platform, "region") or "us")
    segments.all_segments(on_platform)
    campaigns.all_campaigns(on_platform)
    for kind in on_platform.scalars(select(platform.activities.c.kind).distinct()):
        ActivityKind(kind)
    for state in on_platform.scalars(select(platform.consent_changes.c.state).distinct()):
        ConsentState(state)
    for explanation in on_platform.scalars(_piecewise(platform.events.c.explanation)):
        if explanation is not None:
            Explanation.from_dict(explanation)
    records = ((carried.messages, as_message), (carried.attempts, as_attempt), (carried.alerts, as_alert))
    for table, as_record in records:
        for row in at_carrier.execute(_piecewise(table)):
            as_record(row)
    all_opt_outs(at_carrier)
    for row in at_carrier.execute(select(carried.resources)):
        resource = as_resource(row)
        if isinstance(resource, MessagingService) and resource.advanced_opt_out:
            AdvancedOptOut.from_dict(resource.advanced_opt_out)


def _piecewise(*wanted: Any) -> Select[Any]:
    """Ask for all rows, a thousand at a time, so that many take no more memory than few."""
    return select(*wanted).execution_options(yield_per=1000)
