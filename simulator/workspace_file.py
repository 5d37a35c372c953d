"""Workspace file: both sides of a workspace in one file, to keep, to hand on and to go back to.

It is gzipped JSON Lines: a header, then one row of one table a line. Credentials are not in it.
"""

import base64
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from sqlalchemy import Column, MetaData, Table, delete, func, insert, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from inbound_core.errors import InboundError
from inbound_core.storage import StoreError
from inbound_core.storage.tables import SCHEMA_VERSION
from inbound_core.storage.tables import metadata as platform_tables
from inbound_core.workspace import Workspace
from simulator.carrier import Carrier
from simulator.carrier.errors import CarrierStoreError
from simulator.carrier.tables import metadata as carrier_tables
from simulator.workspace_rows import as_row, read_back

FORMAT = 1

#: A file that unpacks to more, or has a longer line, is no workspace of this program.
LARGEST_FILE = 4 * 1024**3
LONGEST_LINE = 16 * 1024**2

_ROWS_AT_ONCE = 1000

#: Settings that belong to a store and not to what is kept in it.
_OWN_SETTINGS = {"schema_version"}


#: Seconds in which webhooks and short steps under way may end before a workspace is replaced.
PATIENCE = 5.0


class WorkspaceFileError(InboundError, ValueError):
    """Report a file that is no workspace, naming the line at fault. Nothing was changed."""


class WorkspaceBusyError(InboundError, TimeoutError):
    """Report a workspace that cannot be replaced while messages are on their way in it. Nothing was changed."""


def export_workspace(workspace: Workspace, carrier: Carrier, at: datetime) -> Iterator[bytes]:
    """Give a workspace file in pieces, each side as it stands at one moment."""
    header = {"inbound_workspace": FORMAT, "schema": SCHEMA_VERSION, "made_at": at.isoformat()}
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    yield packer.compress(_line(header))
    with workspace.store.read() as connection:
        for line in _rows("platform", connection, platform_tables):
            yield packer.compress(line)
    with carrier.account.store.read() as connection:
        for line in _rows("carrier", connection, carrier_tables):
            yield packer.compress(line)
    yield packer.flush()


def _rows(side: str, connection: Connection, tables: MetaData) -> Iterator[bytes]:
    for table in tables.sorted_tables:
        for row in connection.execute(select(table)).mappings():
            if table.name == "settings" and row["name"] in _OWN_SETTINGS:
                continue
            values = {column.name: _plain(column, row[column.name]) for column in table.columns}
            yield _line({"in": f"{side}.{table.name}", "row": values})


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(column: Column[Any], value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def import_workspace(workspace: Workspace, carrier: Carrier, file: IO[bytes]) -> int:
    """Replace what both sides hold by what a file holds, all of it or nothing; give how many rows that were.

    The numbers' webhook addresses are the file's: connect both sides again afterwards.
    Raise `WorkspaceFileError` for what is no such file, damaged, or of a newer version, and `WorkspaceBusyError`
    when messages under way do not come to rest.
    """
    lines = _lines(file)
    _check_header(next(lines, (0, {})))
    sides = {"platform": platform_tables, "carrier": carrier_tables}
    tables = {f"{side}.{t.name}": t for side, tables in sides.items() for t in tables.sorted_tables}
    try:
        with _replacing(workspace, carrier) as (platform, carried):
            _empty(platform, platform_tables)
            _empty(carried, carrier_tables)
            written = _write(lines, tables, {"platform": platform, "carrier": carried})
            _check(platform, carried)
            _count_on(platform, platform_tables)
    except (SQLAlchemyError, StoreError, CarrierStoreError) as error:
        raise WorkspaceFileError(f"The rows do not fit together ({error}). Nothing was changed.") from error
    return written


def reset(workspace: Workspace, carrier: Carrier) -> None:
    """Forget people and everything that happened; numbers, policy, segments and campaigns stay.

    Raise `WorkspaceBusyError` when messages under way do not come to rest.
    """
    with _replacing(workspace, carrier) as (platform, carried):
        _empty(platform, platform_tables, ("settings", "senders", "segments", "campaigns"))
        _empty(carried, carrier_tables, ("resources",))


@contextmanager
def _replacing(workspace: Workspace, carrier: Carrier) -> Iterator[tuple[Connection, Connection]]:
    """Lend the writers of both stores while no message moves, then go on from what was written."""
    if not carrier.wait_idle(PATIENCE):
        raise WorkspaceBusyError(
            f"Messages or webhooks were still under way after {PATIENCE:g} s. Nothing was changed. Wait until they "
            "have come to rest, or stop what keeps sending or does not answer, and try again."
        )
    with carrier.progress.halted():
        with workspace.store.write() as platform, carrier.account.store.write() as carried:
            yield platform, carried
        _refresh(workspace, carrier)


def _empty(connection: Connection, tables: MetaData, kept: Iterable[str] = ()) -> None:
    """Delete every row of some tables but of those in `kept`; what belongs to the store itself stays."""
    for table in reversed(tables.sorted_tables):
        if table.name in kept:
            continue
        query = delete(table)
        if table.name == "settings":
            query = query.where(table.c.name.not_in(_OWN_SETTINGS))
        connection.execute(query)


def _refresh(workspace: Workspace, carrier: Carrier) -> None:
    """Let both sides read anew what they keep in memory of their stores."""
    carrier.account.directory.reload()
    carrier.account.opt_outs.reload()
    workspace.reload()


def _count_on(connection: Connection, tables: MetaData) -> None:
    """Let PostgreSQL number new rows behind those that came with numbers of their own."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            highest = connection.scalar(select(func.coalesce(func.max(key), 0)))
            # Names of our own tables, not a caller's.
            query = text(f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), :next, false)")
            connection.execute(query, {"next": int(highest or 0) + 1})


def _lines(file: IO[bytes]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read line by line, and no further than a workspace could go."""
    unpacked = gzip.GzipFile(fileobj=file)
    size = number = 0
    try:
        while line := unpacked.readline(LONGEST_LINE + 1):
            number += 1
            size += len(line)
            if len(line) > LONGEST_LINE or size > LARGEST_FILE:
                raise WorkspaceFileError(f"Line {number}: the file is larger than any workspace. Nothing was changed.")
            values = json.loads(line)
            if not isinstance(values, dict):
                raise ValueError("no object")
            yield number, values
    except (OSError, EOFError, zlib.error) as error:
        raise WorkspaceFileError(
            f"The file cannot be unpacked ({error}). Is it one that `Export` on the control page made, and whole? "
            "Nothing was changed."
        ) from error
    except RecursionError as error:
        raise WorkspaceFileError(f"Line {number} is nested too deeply. Nothing was changed.") from error
    except ValueError as error:
        if isinstance(error, WorkspaceFileError):
            raise
        raise WorkspaceFileError(f"Line {number} is no JSON object ({error}). Nothing was changed.") from error


def _check_header(first: tuple[int, dict[str, Any]]) -> None:
    header = first[1]
    if header.get("inbound_workspace") != FORMAT:
        raise WorkspaceFileError("The file is no workspace of this program: its first line does not say so.")
    if not isinstance(header.get("schema"), int) or header["schema"] > SCHEMA_VERSION:
        raise WorkspaceFileError("The file is of a newer version: update inbound-workbench. Nothing was changed.")


def _write(
    lines: Iterator[tuple[int, dict[str, Any]]], tables: Mapping[str, Table], connections: Mapping[str, Connection]
) -> int:
    written = 0
    waiting: list[dict[str, Any]] = []
    name = ""
    for number, values in lines:
        if values.get("in") != name or len(waiting) >= _ROWS_AT_ONCE:
            written += _insert(name, waiting, tables, connections)
            name, waiting = str(values.get("in")), []
        waiting.append(_row(number, values, tables))
    return written + _insert(name, waiting, tables, connections)


def _insert(
    name: str, rows: list[dict[str, Any]], tables: Mapping[str, Table], connections: Mapping[str, Connection]
) -> int:
    if rows:
        connections[name.partition(".")[0]].execute(insert(tables[name]), rows)
    return len(rows)


def _row(number: int, values: Mapping[str, Any], tables: Mapping[str, Table]) -> dict[str, Any]:
    table, row = tables.get(str(values.get("in"))), values.get("row")
    if table is None or not isinstance(row, dict):
        raise WorkspaceFileError(f"Line {number} holds nothing that this version knows. Nothing was changed.")
    try:
        return as_row(table, row)
    except (ValueError, TypeError) as error:
        raise WorkspaceFileError(f"Line {number} is damaged ({error}). Nothing was changed.") from error


def _check(platform: Connection, carried: Connection) -> None:
    """Let both sides read what was written while it can still be taken back."""
    try:
        read_back(platform, carried)
    except (InboundError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise WorkspaceFileError(
            f"The file holds what no version of this program writes ({type(error).__name__}: {error}). "
            "Nothing was changed."
        ) from error
