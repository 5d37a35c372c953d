"""Many phones: the readings of `read_phone` for a whole import, through the kernels once they pay for themselves."""

from collections.abc import Sequence
from typing import Any

from inbound_core.phone_repairs import PhoneRepair
from inbound_core.phones import PhoneReading, PhoneReason, PhoneStatus, phone_text, read_phone

#: So many phones are read one by one, in the whole process, before kernels are loaded that are kept on disk,
#: which takes as long as reading a thousand or two.
ENOUGH_TO_LOAD = 2_000
#: And so many before kernels are compiled, which takes as long as reading these.
ENOUGH_TO_COMPILE = 40_000


class ManyPhones:
    """Read phones in lots; which way they are read changes what it costs and never what it says.

    Loading the kernels can take seconds and compiling them about eight seconds, so that is only done in `get_ready`,
    which is to be called where nobody is kept waiting.
    """

    def __init__(self) -> None:
        self._read = 0
        self._ready = False

    def get_ready(self, rows: int) -> None:
        """Load the kernels, and if need be compile them, when so many more rows make that worth while."""
        if self._ready or self._read + rows <= ENOUGH_TO_LOAD:
            return
        # These take half a second to import, so whoever reads a few does without.
        from inbound_core.columns.candidates import propose
        from inbound_core.columns.compiling import is_at_hand
        from inbound_core.columns.kernel import read_rows
        from inbound_core.columns.reading import load_kernels

        if self._read + rows > ENOUGH_TO_COMPILE or (is_at_hand(read_rows) and is_at_hand(propose)):
            load_kernels()
            self._ready = True

    def read(
        self, cells: Sequence[object], regions: Sequence[str | None], default_region: str = "US"
    ) -> list[PhoneReading]:
        """Read a phone for each cell by the region beside it, or by the default where there is none.

        Raise `InvalidRegion` for a region that libphonenumber does not know.
        """
        self._read += len(cells)
        if not self._ready or not cells:
            return [read_phone(cell, region, default_region) for cell, region in zip(cells, regions, strict=True)]
        return _through_kernels([phone_text(cell) for cell in cells], regions, default_region)


def _through_kernels(texts: list[str | None], regions: Sequence[str | None], default_region: str) -> list[PhoneReading]:
    from inbound_core.phone_columns import read_phone_column

    frame = read_phone_column(texts, list(regions), default_region)
    columns = [frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame.columns]
    return [_reading(text, row) for text, *row in zip(texts, *columns, strict=True)]


def _reading(text: str | None, row: list[Any]) -> PhoneReading:
    e164, status, reason, region, line_type, valid, suggested, repair = row
    return PhoneReading(
        text,
        e164,
        PhoneStatus(status),
        PhoneReason(reason),
        region,
        line_type,
        e164 is not None,
        bool(valid),
        suggested,
        None if repair is None else PhoneRepair(repair),
    )


#: The one of this process, for what it has loaded serves every workspace.
many_phones = ManyPhones()
