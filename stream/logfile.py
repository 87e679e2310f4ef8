"""A log file, line by line: JSON lines, CSV or Parquet; plain, .gz, .zst or .bz2; or ``-``.

Nothing is loaded at once: memory does not grow with the file.
"""

import io
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from stream.layout import Layout
from stream.logrows import csv_rows, is_header, parquet_rows
from stream.logsource import LogError, Source, decompressed, open_source

#: No record is longer (bytes); the rest of a longer line is dropped. Kafka's limit is near it too.
MAX_LINE = 1_000_000

_CHUNK = 1 << 18
_JSON_SUFFIXES = {".jsonl", ".ndjson", ".json"}
_PACKED_SUFFIXES = {".gz", ".zst", ".bz2"}


class LogFile:
    """One log; iterate over it as often as wanted (over standard input once).

    Iterating yields ``(number, record)``: the number of the line, from 1, and the record as JSON.
    JSON lines are passed on untouched, without their line end, even when they are no JSON; rows of
    CSV and Parquet are converted (``stream.logrows``). Blank lines are left out. A line of more
    than ``MAX_LINE`` bytes is cut, but stays longer than that, so that it can be told.

    Args:
        path: of the file, or ``-``.
        layout: how its columns are read as a domain's fields; None for a log that has the fields.

    Attributes:
        name: as the user gave it, "standard input" for ``-``.
        rereadable: whether it can be read again.
        bytes_total: its stored size; None when it is not known.

    Raises:
        LogError: at once, when there is no such file; while iterating, when it is empty, cut off,
            or broken. The message says which line.
    """

    def __init__(self, path: str, layout: Layout | None = None) -> None:
        self.path = path
        self._layout = layout
        self.name = "standard input" if path == "-" else path
        self.rereadable = path != "-" and not Path(path).is_fifo()
        self.bytes_total: int | None = None
        self._source: Source | None = None
        self._share: float | None = None
        if self.rereadable:
            with open_source(path):
                self.bytes_total = Path(path).stat().st_size

    @property
    def bytes_read(self) -> int:
        """How much of ``bytes_total`` the present iteration has read."""
        if self._share is not None:
            return int(self._share * (self.bytes_total or 0))
        return self._source.count if self._source is not None else 0

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        self._share = None
        line = 0
        with open_source(self.path) as self._source, decompressed(self._source) as stream:
            try:
                for line, record in self._records(stream):
                    yield line, self._laid_out(record)
            except EOFError:
                raise LogError(self.name, line, "the compressed file is cut off here") from None
            except (OSError, zlib.error, zstandard.ZstdError) as error:
                raise LogError(self.name, line, f"cannot be read on: {error}") from None

    def _laid_out(self, record: bytes) -> bytes:
        if self._layout is None or len(record) > MAX_LINE:
            return record
        return self._layout.apply(record)

    def _records(self, stream: io.BufferedIOBase) -> Iterator[tuple[int, bytes]]:
        head = b""
        while b"\n" not in head.lstrip() and len(head) < _CHUNK and (part := stream.read1(_CHUNK)):
            head += part
        if not head.strip():
            raise LogError(self.name, 0, "is empty")
        if head.startswith(b"PAR1"):
            return self._parquet(head, stream)
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if start.startswith(b"["):
            raise LogError(
                self.name,
                1,
                "looks like one JSON array; JSON lines are needed, one object a line "
                "(jq -c '.[]' converts it)",
            )
        if not start.startswith(b"{") and not self._named_json() and is_header(_first_line(start)):
            return csv_rows(self.name, split_lines(stream, head, blanks=True))
        return split_lines(stream, head)

    def _named_json(self) -> bool:
        suffixes = [suffix.lower() for suffix in Path(self.path).suffixes]
        if suffixes and suffixes[-1] in _PACKED_SUFFIXES:
            suffixes.pop()
        return bool(suffixes) and suffixes[-1] in _JSON_SUFFIXES

    def _parquet(self, head: bytes, stream: io.BufferedIOBase) -> Iterator[tuple[int, bytes]]:
        # its directory is at the end of the file, so what cannot be searched is first put on disk
        self._share = 0.0
        with tempfile.TemporaryFile() as whole:
            whole.write(head)
            while part := stream.read1(_CHUNK):
                whole.write(part)
            whole.seek(0)
            for number, record, share in parquet_rows(self.name, whole):
                self._share = share
                yield number, record


def split_lines(
    stream: io.BufferedIOBase, head: bytes = b"", *, blanks: bool = False
) -> Iterator[tuple[int, bytes]]:
    """Yield ``(number, line)`` of each line, from 1, without its line end.

    Args:
        stream: what is left to read.
        head: what was read from it before.
        blanks: yield blank lines too.
    """
    number = 0
    rest = head
    chunk = b""
    while True:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            number += 1
            if blanks or (line and not line.isspace()):
                yield number, _clean(line, number)
        if len(rest) > MAX_LINE:
            rest = rest[: MAX_LINE + 1]
        if not (chunk := stream.read1(_CHUNK)):
            break
    if rest and not rest.isspace():
        yield number + 1, _clean(rest, number + 1)


def _clean(line: bytes, number: int) -> bytes:
    if line.endswith(b"\r"):
        line = line[:-1]
    return line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def _first_line(text: bytes) -> bytes:
    return text.split(b"\n", 1)[0].rstrip(b"\r")
