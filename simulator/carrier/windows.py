"""Windows: the rows of a long list around a place, either way round. A page costs the same however deep it lies."""

from typing import Any

from sqlalchemy import Column, Connection, Row, Select

#: Behind every place in the order of writing.
END = 2**63 - 1


def window(
    connection: Connection,
    query: Select[Any],
    place: Column[Any],
    size: int,
    behind: int | None = None,
    ahead: int | None = None,
    newest_first: bool = True,
) -> list[Row[Any]]:
    """Give up to `size` rows of a list: those that follow a place in it, or the nearest ones ahead of one."""
    falling = newest_first == (ahead is None)  # the way back is read from its near end, and turned round
    edge = behind if ahead is None else ahead
    if edge is not None:
        query = query.where(place < edge if falling else place > edge)
    rows = list(connection.execute(query.order_by(place.desc() if falling else place).limit(size)))
    return rows if ahead is None else rows[::-1]
