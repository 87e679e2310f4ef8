"""``stream prune``: forget old predictions."""

import asyncio
import time
from datetime import UTC, datetime

import click

from stream.adapters.prediction_log import PredictionLog
from stream.progress import reading_progress
from stream.settings import load

_DAY_MS = 86_400_000

#: Rows a transaction: on SQLite nothing can be recorded for as long as one takes.
_BATCH = 1000

#: Seconds that the database may take for one question.
_PATIENCE = 60.0


@click.command()
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    required=True,
    metavar="DAYS",
    help="Keep the predictions of so many days; delete older ones.",
)
@click.option("--dry-run", is_flag=True, help="Only say how many would be deleted.")
def prune(keep: int, *, dry_run: bool) -> None:
    """Delete old predictions from the record (WEIR_DATABASE_URL).

    The API records every score that it answers, and deletes none: run this every day, from cron
    say, with as many days as you need, or may keep. It is safe beside a running API, and may be
    stopped at any time: what is deleted so far stays deleted. Decisions about models are in the
    same database and are kept for good: they are few, and hold nothing personal.

    \b
    Examples:
      stream prune --keep 90 --dry-run      how many are older than 90 days?
      stream prune --keep 90                delete them

    The space is used again for new predictions; the file of SQLite does not become smaller.

    Exit code 0 when all is deleted, 1 when the database was away or there is no such record.
    """  # noqa: D301 - click reads the backspace itself
    settings = load()
    if settings.database_url == "none":
        raise click.ClickException("WEIR_DATABASE_URL is none: there is no record to prune")
    before = int(time.time() * 1000) - keep * _DAY_MS
    count = asyncio.run(_prune(settings.database_url, before, dry_run=dry_run))
    when = datetime.fromtimestamp(before / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    what = "would be deleted" if dry_run else "deleted"
    click.echo(f"{count:,} predictions from before {when} {what}")


async def _prune(url: str, before: int, *, dry_run: bool) -> int:
    log = PredictionLog.from_url(url, _PATIENCE)
    try:
        total = await log.count_older(before)
        return total if dry_run else await _delete(log, before, total)
    finally:
        await log.close()


async def _delete(log: PredictionLog, before: int, total: int) -> int:
    deleted = 0
    with reading_progress("deleting") as show:
        while deleted < total:
            began = time.monotonic()
            batch = await log.prune(before, _BATCH)
            if not batch:  # somebody else prunes too
                break
            deleted += batch
            show(deleted, total)
            await asyncio.sleep(time.monotonic() - began)  # the API's turn to write
    return deleted
