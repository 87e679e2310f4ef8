"""The examples log as Parquet files: history that outlives Kafka's retention.

A file holds the records of a stretch of offsets, in their order, and is named for it. It appears
whole or not at all. Two processes may archive at once: stretches that overlap hold the same.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from models.domain import Domain
from models.effects import Example, Snapshot
from models.errors import WeirError
from stream.segments import Segment, end_of, hole_in, name_of, segments

Record = Example | Snapshot

#: Rows read at a time.
_BATCH = 2_000

_KINDS: Mapping[str, type[Record]] = {"example": Example, "snapshot": Snapshot}


class ArchiveGap(WeirError):
    """Examples are missing between the archive and the log; the message says which."""


class Archive:
    """The archived examples of one domain.

    Args:
        directory: of all domains; made when first written to.
        domain: whose examples.
    """

    def __init__(self, directory: Path, domain: Domain[Any, Any]) -> None:
        self.directory = directory / domain.name
        self._schema = schema(domain)

    @property
    def end(self) -> int:
        """The offset after the newest one that is archived; 0 for none."""
        return end_of(self.segments())

    def segments(self) -> list[Segment]:
        """Return the files, by their first offset."""
        return segments(self.directory)

    def append(self, rows: Sequence[tuple[int, Record]], begin: int, end: int) -> None:
        """Write a stretch of the log, as one file; none for a stretch without records.

        Args:
            rows: offset and record, in order.
            begin: the offset at which the stretch begins.
            end: the offset after it; offsets without a record hold nothing of ours.
        """
        if not rows:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        table = pa.Table.from_pylist([_row(*row) for row in rows], schema=self._schema)
        path = self.directory / name_of(begin, end)
        half = path.with_suffix(f".{os.getpid()}.tmp")
        pq.write_table(table, half, compression="zstd")
        with half.open("rb+") as file:
            os.fsync(file.fileno())
        half.replace(path)

    def read(self) -> Iterator[tuple[int, Record]]:
        """Yield offset and record of all that is archived, in order, each once.

        Raises:
            ArchiveGap: a file is missing.
        """
        found = self.segments()
        if hole := hole_in(found):
            raise ArchiveGap(
                f"{self.directory}: the examples from offset {hole[0]} to {hole[1]} are missing; "
                "put the file back that held them"
            )
        following = 0
        for segment in found:
            if segment.end > following:
                yield from _read(segment.path, following)
                following = segment.end

    def first(self) -> int:
        """Return the oldest offset that is archived; 0 for none."""
        return min((segment.first for segment in self.segments()), default=0)


def schema(domain: Domain[Any, Any]) -> pa.Schema:
    """Return the columns of a domain's files: those of ``Example`` and ``Snapshot``, and two more.

    Attributes:
        offset: of the record in the log.
        record: ``example`` or ``snapshot``.
    """
    features = pa.struct([pa.field(name, pa.float64()) for name in domain.feature_names])
    return pa.schema(
        [
            ("offset", pa.int64()),
            ("record", pa.string()),
            ("id", pa.string()),
            ("user_id", pa.string()),
            ("at", pa.int64()),
            ("age", pa.int32()),
            ("window", pa.int32()),
            ("gain", pa.float64()),
            ("label", pa.float64()),
            ("label_at", pa.int64()),
            ("due", pa.int64()),
            ("known", pa.float64()),
            ("features", features),
            ("predictions", pa.map_(pa.string(), pa.float64())),
            ("score", pa.float64()),
            ("chance", pa.float64()),
            ("version", pa.string()),
            ("partition", pa.int32()),
            ("seq", pa.int64()),
        ]
    )


def _row(offset: int, record: Record) -> dict[str, Any]:
    row = msgspec.structs.asdict(record)
    if isinstance(record, Example):
        row["predictions"] = list(record.predictions.items())
    kind = "example" if isinstance(record, Example) else "snapshot"
    return {"offset": offset, "record": kind, **row}


def _read(path: Path, since: int) -> Iterator[tuple[int, Record]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH):
            for row in batch.to_pylist():
                if row["offset"] >= since:
                    yield row["offset"], _record(row)


def _record(row: dict[str, Any]) -> Record:
    kind = _KINDS[row["record"]]
    found = {name: row[name] for name in kind.__struct_fields__}
    if kind is Example:
        found["predictions"] = dict(found["predictions"])
    return kind(**found)
