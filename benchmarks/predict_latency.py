"""How long a prediction takes: POSTs at a fixed rate, with and without a record of the answers.

Open loop (``open_loop``) against real API processes: one that records nothing, one that records in
an SQLite file, one in a PostgreSQL. Each answer that is recorded is on disk before it goes. The
three take turns, round by round, so that a busy host hits all alike. In the end the rows of each
database must be as many as the answers.

    uv run python -m benchmarks.predict_latency --rate 300 --rounds 3 --seconds 10
"""

import asyncio
import contextlib
import itertools
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import aiohttp
import click
from rich.console import Console
from rich.table import Table

from benchmarks.api_server import api
from benchmarks.flat_rows import flat_rows
from benchmarks.machine import machine, quantile, stolen
from benchmarks.open_loop import Ask, fire
from models import domains
from models.plan import Plan
from replay.generate import load as load_maker
from stream.adapters.prediction_log import PredictionLog
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis
from stream.settings import load
from tests.databases import PostgresServer
from tests.integration.api_seed import process

#: The aim: the 99th percentile is below this, ms.
MOST_MS = 15.0

#: Where answers are recorded.
RECORDS = ("none", "SQLite", "PostgreSQL")

_DOMAIN = "revenue"
_WARM_SECONDS = 3.0
_NEVER = 2**62  # ms: every row is older


class Round(NamedTuple):
    """One round of one setting.

    Attributes:
        record: which of ``RECORDS``.
        times: of all answers, ms.
        stolen: share of the processors' time that the host gave to other machines.
    """

    record: str
    times: list[float]
    stolen: float


class _Setting:
    """An API process with its record, and the answers it has given."""

    def __init__(self, record: str, url: str, session: aiohttp.ClientSession) -> None:
        self.record = record
        self.url = url
        self.session = session
        self.answers = 0
        self.refusal = ""

    def ask(self, rows: Iterator[bytes]) -> Ask:
        """Return what asks about the next of the rows."""

        async def one() -> int:
            path, headers = f"/v1/{_DOMAIN}/predict", {"Content-Type": "application/json"}
            async with self.session.post(path, data=next(rows), headers=headers) as response:
                said = await response.text()
            if response.status != 200:
                self.refusal = said
            return response.status

        return one

    async def fire(self, rows: Iterator[bytes], rate: int, seconds: float) -> list[float]:
        """Ask at a rate; count the answers, and return their times."""
        times, statuses = await fire(self.ask(rows), rate, seconds)
        if set(statuses) != {200}:
            raise click.ClickException(
                f"record {self.record}: not every answer was 200: {dict(statuses)}; {self.refusal}"
            )
        self.answers += len(times)
        return times


@click.command()
@click.option("--users", default=2_000, show_default=True, help="Players the models learn from.")
@click.option("--days", default=20, show_default=True, help="Days of their log.")
@click.option("--rate", default=300, show_default=True, help="Requests a second.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; all settings in each.")
@click.option("--seconds", default=10.0, show_default=True, help="Of each setting in a round.")
def main(*, users: int, days: int, rate: int, rounds: int, seconds: float) -> None:
    """Ask for predictions of revenue by flat rows, recorded nowhere, in SQLite, in PostgreSQL.

    A Redis gets a model that has learnt a generated log; three API processes serve it. Fails if
    an answer is not 200, or if a database does not hold a row for each answer.
    """
    console = Console(stderr=True)
    console.print(f"{machine()}\nLearning from {users:,} players over {days} days ...")
    found = measure(users, days, rate, rounds, seconds)
    title = f"POST of a flat row at {rate}/s, {seconds:g} s each: {machine()}"
    table = Table("round", "record", "p50, ms", "p99, ms", "stolen", title=title)
    for number, each in enumerate(found):
        p50, p99 = (f"{quantile(each.times, share):.1f}" for share in (0.5, 0.99))
        table.add_row(
            f"{number // len(RECORDS) + 1}",
            each.record,
            p50,
            p99,
            f"{each.stolen:.0%}",
            end_section=each.record == RECORDS[-1],
        )
    in_all = figures(found)
    for record in RECORDS:
        median, most = (in_all[f"predict_{record.lower()}_{name}_ms"] for name in ("p50", "p99"))
        said = f"{most:.1f} (aim < {MOST_MS:g}: {'met' if most < MOST_MS else 'MISSED'})"
        table.add_row("all", record, f"{median:.1f}", said)
    Console().print(table)


def figures(rounds: list[Round]) -> dict[str, float]:
    """Return the quantiles (ms) of each setting over all rounds, by name."""
    found = {}
    for record in RECORDS:
        times = [time for each in rounds if each.record == record for time in each.times]
        found[f"predict_{record.lower()}_p50_ms"] = quantile(times, 0.5)
        found[f"predict_{record.lower()}_p99_ms"] = quantile(times, 0.99)
    return found


def measure(
    users: int = 2_000, days: int = 20, rate: int = 300, rounds: int = 3, seconds: float = 10.0
) -> list[Round]:
    """Return the rounds, in order.

    Raises:
        ClickException: an answer was not 200, or the rows are not as many as the answers.
    """
    log = [line for _, line in load_maker(_DOMAIN)(Plan(users=users, days=days, seed=5))]
    with (
        tempfile.TemporaryDirectory(prefix="weir-bench-") as name,
        Guard() as guard,
        EmbeddedRedis(Path(name), guard=guard) as redis,
        PostgresServer(Path(name), guard) as postgres,
    ):
        settings = load({"redis_url": redis.url, "domains": _DOMAIN})
        asyncio.run(process(settings, log, domain=domains.load(_DOMAIN)))
        urls = ("none", f"sqlite:///{Path(name) / 'weir.db'}", postgres.new_database())
        records = dict(zip(RECORDS, urls, strict=True))
        return asyncio.run(
            _measure(Path(name), guard, redis.url, records, flat_rows(log), rate, rounds, seconds)
        )


async def _measure(
    directory: Path,
    guard: Guard,
    redis_url: str,
    records: dict[str, str],
    rows: list[bytes],
    rate: int,
    rounds: int,
    seconds: float,
) -> list[Round]:
    random.Random(2).shuffle(rows)
    endless, found = itertools.cycle(rows), []
    async with contextlib.AsyncExitStack() as stack:
        all_settings = {}
        for record, url in records.items():
            session = await stack.enter_async_context(
                api(directory, guard, redis_url, _DOMAIN, url)
            )
            all_settings[record] = _Setting(record, url, session)
            await all_settings[record].fire(endless, rate, _WARM_SECONDS)
        for _ in range(rounds):
            for record, setting in all_settings.items():
                stolen_before, ticks_before = stolen()
                times = await setting.fire(endless, rate, seconds)
                stolen_after, ticks_after = stolen()
                share = (stolen_after - stolen_before) / max(1, ticks_after - ticks_before)
                found.append(Round(record, times, share))
        for setting in all_settings.values():
            await _verify(setting)
    return found


async def _verify(setting: _Setting) -> None:
    if setting.url == "none":
        return
    log = PredictionLog.from_url(setting.url)
    try:
        rows = await log.count_older(_NEVER)
    finally:
        await log.close()
    if rows != setting.answers:
        raise click.ClickException(f"{setting.answers} answers, but {rows} rows of them")


if __name__ == "__main__":
    main()
