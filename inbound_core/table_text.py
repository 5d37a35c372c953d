"""Table text: the bytes of a file of any encoding as UTF-8, block by block, for Arrow to parse.

Arrow wants a row's text as UTF-8 already when it tells of a broken row, so nothing else may reach it. In a file without
a declared encoding, each cell that is not UTF-8 is read as Windows-1252: its oddness costs that cell and not the file.
"""

import atexit
import codecs
import re
import threading
from typing import Any
from weakref import WeakSet

#: Windows-1252, and the control characters of Latin-1 for the five bytes that it leaves open.
WESTERN = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))

_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_TAIL = 64
_PATIENCE = 0.1
_LEAST_READ = 1 << 16
_LONG_LINE = 1 << 20


class Utf8File:
    """Read a stream's bytes as UTF-8, as a file that `pyarrow.PythonFile` can take; `close` it before the stream.

    `encoding` None means UTF-8 with odd cells; `western` says that the beginning already held such ones.
    """

    def __init__(self, stream: Any, encoding: str | None, delimiter: str, western: bool) -> None:
        self.closed = False
        #: Cells that are not UTF-8; cells that are, and not just ASCII, though the beginning was not; line ends so far.
        self.odd_cells, self.even_cells, self.lines = 0, 0, 0
        #: Characters that the encoding could not read.
        self.unread = 0
        #: What the file ends with.
        self.tail = b""
        self._stream, self._western = stream, western
        self._decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        self._cell = re.compile(rb"[\x80-\xff][^\r\n\"" + re.escape(delimiter.encode()) + rb"]*")
        self._carried = self._pending = b""
        self._ended = False
        self._reading = threading.Lock()
        self._end_told = threading.Event()
        _OPEN.add(self)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def writable(self) -> bool:
        """Say that it cannot be written."""
        return False

    def seekable(self) -> bool:
        """Say that it goes forward only."""
        return False

    def read(self, size: int) -> bytes:
        """Give at most so many bytes; none at the end, and none once it is closed."""
        with self._reading:
            while not self._ended and not self.closed and len(self._pending) < size:
                block = bytes(self._stream.read(max(size - len(self._pending), _LEAST_READ)))
                self._ended = not block
                self._pending += self._utf8(block)
            if self.closed:
                self._pending = b""
            given, self._pending = self._pending[:size], self._pending[size:]
            self.lines += given.count(b"\n")
            self.tail = (self.tail + given[-_TAIL:])[-_TAIL:]
            if not given:
                self._end_told.set()
            return given

    def close(self) -> None:
        """Let whoever still reads ahead come to an end."""
        self.closed = True
        with self._reading:
            _OPEN.discard(self)

    def wait_for_readers(self) -> None:
        """Close, and wait until a thread that reads ahead has noticed, or has long been waiting itself."""
        self.close()
        self._end_told.wait(_PATIENCE)

    def _utf8(self, block: bytes) -> bytes:
        if self._decoder is not None:
            text = self._decoder.decode(block, not block)
            self.unread += text.count("\ufffd")
            return text.encode("utf-8", "replace")
        data = self._carried + block if self._carried else block
        if data.isascii():
            self._carried = b""
            return data
        cut = _whole_lines(data) if block else len(data)
        self._carried, data = data[cut:], data[:cut]
        return self._mended(data)

    def _mended(self, data: bytes) -> bytes:
        """Give valid UTF-8: as it is, or with every cell that is none read as Windows-1252."""
        if not self._western:
            try:
                data.decode("utf-8")
            except UnicodeDecodeError:
                return self._cell.sub(self._mended_cell, data)
            return data
        if _UTF8_SEQUENCE.search(data) is None:
            return codecs.charmap_decode(data, "strict", WESTERN)[0].encode("utf-8")
        return self._cell.sub(self._mended_cell, data)

    def _mended_cell(self, match: re.Match[bytes]) -> bytes:
        cell = match.group()
        try:
            cell.decode("utf-8")
        except UnicodeDecodeError:
            self.odd_cells += 1
            return codecs.charmap_decode(cell, "strict", WESTERN)[0].encode("utf-8")
        self.even_cells += 1
        return cell


_OPEN: WeakSet[Utf8File] = WeakSet()


@atexit.register
def _close_all() -> None:
    """End what an error left open: a thread of Arrow's that still reads would abort the interpreter on its way out."""
    for file in list(_OPEN):
        file.wait_for_readers()


def _whole_lines(data: bytes) -> int:
    """Give where the last whole line ends; nowhere, or within a line of more than a megabyte before a character."""
    end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    if end or len(data) < _LONG_LINE:
        return end
    end = len(data) - 1
    while end > len(data) - 4 and 0x80 <= data[end] < 0xC0:
        end -= 1
    return end
