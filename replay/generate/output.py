"""Where a log is written: a file, compressed by its suffix, or standard output."""

import bz2
import errno
import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

import click
import zstandard

_BUFFER = 1 << 20

# No times and names go into the compressed files: the same log gives the same bytes.
_PACKERS: Final[dict[str, Callable[[BinaryIO], BinaryIO]]] = {
    ".jsonl": lambda raw: raw,
    ".jsonl.gz": lambda raw: cast(
        "BinaryIO", gzip.GzipFile(filename="", mode="wb", compresslevel=4, fileobj=raw, mtime=0)
    ),
    ".jsonl.zst": lambda raw: cast(
        "BinaryIO", zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False)
    ),
    ".jsonl.bz2": lambda raw: cast("BinaryIO", bz2.BZ2File(raw, "wb")),
}


def packer(target: str) -> Callable[[BinaryIO], BinaryIO]:
    """Return what compresses a file of this name.

    Raises:
        ValueError: the suffix is none of those that can be written; the message names them.
    """
    for suffix, pack in _PACKERS.items():
        if Path(target).name.endswith(suffix) and Path(target).name != suffix:
            return pack
    raise ValueError(f"{target!r} must end with one of {', '.join(_PACKERS)}, or be -")


@contextmanager
def writing(target: str) -> Iterator[BinaryIO]:
    """Open a log to be written; ``-`` is standard output.

    A file appears under its name only when all is written: until then it is ``TARGET.part``, which
    is removed when anything goes wrong, Ctrl-C included. An existing file is replaced.

    Raises:
        ValueError: as ``packer``.
        OSError: the file cannot be written.
    """
    if target == "-":
        stream = click.get_binary_stream("stdout")
        yield stream
        stream.flush()
        return
    pack = packer(target)
    if Path(target).is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), target)
    part = Path(f"{target}.part")
    try:
        with ExitStack() as opened:
            raw = opened.enter_context(part.open("wb", buffering=_BUFFER))
            packed = pack(raw)
            if packed is not raw:
                opened.enter_context(packed)
            yield packed
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
