"""The bytes of a log: a file or standard input, decompressed whatever its name says.

Compression is told by the first bytes, so a wrongly named file is read all the same.
"""

import bz2
import gzip
import io
import sys
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from models.errors import WeirError

_MAGIC = 6
_BUFFER = 1 << 18


class LogError(WeirError):
    """A log that cannot be read on: the message names the file, the line and the remedy.

    Attributes:
        file: as the user named it.
        line: the last line that was read, 0 when none was.
    """

    def __init__(self, file: str, line: int, problem: str) -> None:
        at = f"{file}, line {line}" if line else file
        super().__init__(f"{at}: {problem}")
        self.file = file
        self.line = line


class Source(io.RawIOBase):
    """The stored bytes, counted as they are read (for a progress bar).

    Attributes:
        count: bytes read so far, before decompression.
        head: the first bytes, which are still to be read.
    """

    def __init__(self, raw: BinaryIO) -> None:
        super().__init__()
        self._raw = raw
        self.count = 0
        self.head = b""
        while len(self.head) < _MAGIC and (part := raw.read(_MAGIC - len(self.head))):
            self.head += part

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no slices
        """Read what is there; may return less than asked for, as a pipe does."""
        if self.head:
            data = self.head[: len(buffer)]
            self.head = self.head[len(data) :]
        else:
            # not readinto1: with a large buffer it waits for more than what is there
            data = cast("io.BufferedIOBase", self._raw).read1(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        """Close the file; standard input stays open, it is not ours."""
        if not self.closed and self._raw is not _stdin():
            self._raw.close()
        super().close()


class ZstdReader(io.RawIOBase):
    """Decompresses zstd frames, and raises EOFError on a file that was cut off.

    The library's own reader takes a truncated file for a shorter one.
    """

    #: compressed bytes at once; they may decompress to 30,000 times as many
    _CHUNK = 1 << 13

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._input = b""
        self._output = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no slices
        """Fill the buffer with decompressed bytes; 0 at the end."""
        while not self._output:
            if not self._more():
                return 0
        size = min(len(buffer), len(self._output))
        buffer[:size] = self._output[:size]
        self._output = self._output[size:]
        return size

    def _more(self) -> bool:
        data = self._input or self._source.read(self._CHUNK)
        if not data:
            if self._frame is not None:
                raise EOFError("the zstd file ends in the middle of a frame")
            return False
        if self._frame is None:
            self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._output = memoryview(self._frame.decompress(data))
        self._input = b""
        if self._frame.eof:
            self._input = self._frame.unused_data
            self._frame = None
        return True

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()


def open_source(path: str) -> Source:
    """Open a file, or standard input for ``-``.

    Raises:
        LogError: there is no such file, or it may not be read.
    """
    if path == "-":
        return Source(_stdin())
    try:
        return Source(Path(path).open("rb"))
    except FileNotFoundError:
        raise LogError(path, 0, "no such file") from None
    except IsADirectoryError:
        raise LogError(path, 0, "is a directory; name the files in it") from None
    except OSError as error:
        raise LogError(path, 0, error.strerror or str(error)) from None


def decompressed(source: Source) -> io.BufferedIOBase:
    """Return the decompressed bytes of a source, by its first bytes."""
    head = source.head
    if head.startswith(b"\x1f\x8b"):
        return io.BufferedReader(cast("io.RawIOBase", gzip.GzipFile(fileobj=source)), _BUFFER)
    if head.startswith(b"BZh"):
        return io.BufferedReader(
            cast("io.RawIOBase", bz2.BZ2File(cast("BinaryIO", source))), _BUFFER
        )
    # zstd: a frame, or a skippable frame (which parallel compressors write first)
    if head.startswith(b"\x28\xb5\x2f\xfd") or (
        head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F
    ):
        return io.BufferedReader(ZstdReader(source), _BUFFER)
    return io.BufferedReader(source, _BUFFER)


def _stdin() -> BinaryIO:
    return sys.stdin.buffer
