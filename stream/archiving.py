"""Brings the archive up to the end of the examples log."""

import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any

from models.domain import Domain
from models.errors import BadRecord
from stream.adapters.examples_log import ExamplesLog, LogRecord
from stream.archive import Archive, ArchiveGap, Record
from stream.records import decode_example
from stream.settings import Settings

logger = logging.getLogger(__name__)

#: Records in a file, at most.
_FILE = 50_000


async def bring_up(
    archive: Archive,
    log: ExamplesLog,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Archive what is in the log and not in the archive; return the offset after it.

    Args:
        archive: where to.
        log: as far as its last ``look``.
        progress: told how many records are done, of how many.

    Raises:
        ArchiveGap: what follows the archive is no longer in the log, or the archive is of another
            log.
        KafkaError: no broker answers.
    """
    since = archive.end
    _require_one_log(archive, log, since)
    rows: list[tuple[int, Record]] = []
    begun = at = since = since or log.begin
    async with aclosing(log.read(since)) as chunks:
        async for chunk in chunks:
            rows += decoded(chunk)
            at = chunk[-1].offset + 1
            progress(at - since, log.end - since)
            if len(rows) >= _FILE:
                archive.append(rows, begun, at)
                rows, begun = [], at
    archive.append(rows, begun, at)
    return at


def decoded(chunk: Sequence[LogRecord]) -> list[tuple[int, Record]]:
    """Return offset and record; what cannot be read is left out and logged, as the learner does."""
    rows: list[tuple[int, Record]] = []
    for record in chunk:
        try:
            rows.append((record.offset, decode_example(record.value)))
        except BadRecord as error:
            logger.error("an example cannot be read", extra={"offset": record.offset, "why": error})  # noqa: TRY400 - the reason says it all
    return rows


def _require_one_log(archive: Archive, log: ExamplesLog, end: int) -> None:
    if end > log.end:
        raise ArchiveGap(
            f"{archive.directory} holds examples up to offset {end - 1}, the log ends at "
            f"{log.end - 1}: it is the archive of another log; move it away, or point "
            "WEIR_ARCHIVE_DIR elsewhere"
        )
    if end and end < log.begin:
        raise ArchiveGap(
            f"{archive.directory} ends at offset {end - 1}, but Kafka has kept the examples only "
            f"from {log.begin} on: those between are lost. Set the topic's retention.ms to -1; to "
            "go on without them, move the archive away"
        )


async def archive_domain(
    settings: Settings,
    domain: Domain[Any, Any],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Archive:
    """Bring the archive of a domain up to the end of its log; return it.

    Raises:
        NoLog: there are no examples.
        ArchiveGap: see ``bring_up``.
        KafkaError: no broker answers.
    """
    archive = Archive(settings.archive_dir, domain)
    async with ExamplesLog.open(settings.kafka, domain.name) as log:
        await bring_up(archive, log, progress)
    return archive
