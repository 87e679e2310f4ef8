"""The files of an archive, by their names: which stretch of the log each of them holds."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_NAME = re.compile(r"examples-(\d{20})-(\d{20})\.parquet")


class Segment(NamedTuple):
    """A file.

    Attributes:
        first: its first offset.
        end: the offset after its last one.
        path: where it is.
    """

    first: int
    end: int
    path: Path


def name_of(first: int, end: int) -> str:
    """Return the name of the file of a stretch."""
    return f"examples-{first:020d}-{end:020d}.parquet"


def segments(directory: Path) -> list[Segment]:
    """Return the files in a directory, by their first offset; none when it is not there."""
    if not directory.is_dir():
        return []
    names = ((_NAME.fullmatch(path.name), path) for path in directory.iterdir())
    return sorted(Segment(int(n[1]), int(n[2]), path) for n, path in names if n)


def end_of(found: Sequence[Segment]) -> int:
    """Return the offset after the newest one that is there; 0 for none."""
    return max((segment.end for segment in found), default=0)


def hole_in(found: Sequence[Segment]) -> tuple[int, int] | None:
    """Return first and last offset of the first stretch whose file is missing; None for none.

    Args:
        found: by their first offset.
    """
    end = found[0].end if found else 0
    for segment in found:
        if segment.first > end:
            return end, segment.first - 1
        end = max(end, segment.end)
    return None
