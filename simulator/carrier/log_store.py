"""Log store: write and find webhook attempts, alerts and opt-outs."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select
from sqlalchemy.dialects import sqlite

from simulator.carrier.records import Alert, OptOut, WebhookAttempt
from simulator.carrier.store import Store, from_micros, to_micros
from simulator.carrier.tables import alerts, attempts, opt_outs
from simulator.carrier.windows import window

# A copy of a record in depth, and a statement made anew, would cost more than the writing.
_ATTEMPT_FIELDS = tuple(field.name for field in fields(WebhookAttempt) if field.name != "sequence")
_ADD_ATTEMPT = str(insert(attempts).compile(dialect=sqlite.dialect(), column_keys=list(_ATTEMPT_FIELDS)))
_STARTED_AT = _ATTEMPT_FIELDS.index("started_at")
_JSON = tuple(_ATTEMPT_FIELDS.index(name) for name in ("headers", "form", "response_headers"))


def add_attempt(store: Store, attempt: WebhookAttempt) -> None:
    """Write down one request to an application, durable on return."""
    row = [getattr(attempt, name) for name in _ATTEMPT_FIELDS]
    row[_STARTED_AT] = to_micros(attempt.started_at)
    for index in _JSON:
        row[index] = json.dumps(row[index])
    store.insert(_ADD_ATTEMPT, row)


def attempts_of(connection: Connection, message_sid: str | None, limit: int) -> list[WebhookAttempt]:
    """Give the newest attempts, of one message or of all, oldest first."""
    query = select(attempts)
    if message_sid is not None:
        query = query.where(attempts.c.message_sid == message_sid)
    rows = connection.execute(query.order_by(attempts.c.sequence.desc()).limit(limit)).all()
    return [as_attempt(row) for row in reversed(rows)]


def attempt_by_sequence(connection: Connection, sequence: int) -> WebhookAttempt | None:
    """Give one attempt by its place in the order of writing, or None."""
    row = connection.execute(select(attempts).where(attempts.c.sequence == sequence)).first()
    return None if row is None else as_attempt(row)


def as_attempt(row: Row[Any]) -> WebhookAttempt:
    """Give a row as the attempt that it holds."""
    values = row._asdict()
    values["started_at"] = from_micros(values["started_at"])
    values["form"] = tuple((name, value) for name, value in values["form"])
    return WebhookAttempt(**values)


def add_alert(connection: Connection, alert: Alert) -> None:
    """Write down one alert."""
    row = asdict(alert)
    del row["sequence"]
    row["created_at"] = to_micros(alert.created_at)
    connection.execute(insert(alerts), row)


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Narrow a list of alerts; None means any. Both times are inclusive."""

    log_level: str | None = None
    start: datetime | None = None
    end: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Give the filter as SQL."""
        found: list[ColumnElement[bool]] = []
        if self.log_level is not None:
            found.append(alerts.c.log_level == self.log_level)
        if self.start is not None:
            found.append(alerts.c.created_at >= to_micros(self.start))
        if self.end is not None:
            found.append(alerts.c.created_at <= to_micros(self.end))
        return found


def alerts_page(
    connection: Connection,
    size: int,
    wanted: AlertFilter | None = None,
    behind: int | None = None,
    ahead: int | None = None,
    offset: int = 0,
    newest_first: bool = True,
) -> list[Alert]:
    """Give up to `size` alerts of the list: those behind a place in it, or the nearest ones ahead of one."""
    query = select(alerts).where(*(wanted or AlertFilter()).conditions()).offset(offset)
    return [as_alert(row) for row in window(connection, query, alerts.c.sequence, size, behind, ahead, newest_first)]


def alert_by_sid(connection: Connection, sid: str) -> Alert | None:
    """Give one alert, or None."""
    row = connection.execute(select(alerts).where(alerts.c.sid == sid)).first()
    return None if row is None else as_alert(row)


def as_alert(row: Row[Any]) -> Alert:
    """Give a row as the alert that it holds."""
    values = row._asdict()
    values["created_at"] = from_micros(values["created_at"])
    return Alert(**values)


def put_opt_out(connection: Connection, entry: OptOut) -> None:
    """Write down that a handset is opted out of a scope."""
    connection.execute(
        insert(opt_outs).prefix_with("OR REPLACE"),
        {"handset": entry.handset, "scope": entry.scope, "since": to_micros(entry.since)},
    )


def drop_opt_out(connection: Connection, handset: str, scope: str) -> None:
    """Lift an opt-out."""
    connection.execute(delete(opt_outs).where(opt_outs.c.handset == handset, opt_outs.c.scope == scope))


def all_opt_outs(connection: Connection) -> list[OptOut]:
    """Give every opt-out in force, oldest first."""
    query = select(opt_outs).order_by(opt_outs.c.since, opt_outs.c.handset, opt_outs.c.scope)
    return [OptOut(row.handset, row.scope, from_micros(row.since)) for row in connection.execute(query)]


def request_variables(form: tuple[tuple[str, str], ...]) -> str:
    """Give the parameters of a request as Monitor shows them."""
    return json.dumps(dict(form), ensure_ascii=False)
