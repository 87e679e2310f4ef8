"""The same job on both brokers, by Weir's worker and by Quix Streams, and whether it was equal.

    uv run --frozen python -m benchmarks.brokers

Every run begins with an empty broker and an empty Redis, and a log that waits. Who goes first takes
turns. In the end what is in Redis and in the output topics must be the same, or the command fails.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

import click
from rich.console import Console
from rich.table import Table

from benchmarks.job import Timing, timed
from benchmarks.machine import machine, stolen
from benchmarks.outcome import Outcome, outcome
from benchmarks.quix import process as quix
from benchmarks.workload import (
    BrokerKind,
    Record,
    Stack,
    churn_records,
    preload,
    stack,
    why_no_kafka,
)
from stream import topics
from stream.embedded.process import ChildProcess

#: Weir's worker; Quix Streams; Quix Streams that only reads, with the outputs written by Weir.
Who = Literal["weir", "quix", "quix-reads"]

#: A figure of a `Timing`, and its name with its unit.
What = Literal["scored", "learnt", "work"]
_WHAT: Mapping[What, str] = {"scored": "events_s", "learnt": "learnt_events_s", "work": "work_us"}

#: What a row of the table calls them.
TITLES: Mapping[Who, str] = {
    "weir": "full worker",
    "quix": "Quix Streams doing its job",
    "quix-reads": "Quix Streams reading, Weir writing",
}
#: It is asked where production is.
_NOT_RUN: frozenset[tuple[BrokerKind, Who]] = frozenset({("embedded", "quix-reads")})
_BROKERS: Mapping[BrokerKind, str] = {"embedded": "embedded broker", "kafka": "Apache Kafka"}


@dataclass
class Compared:
    """The runs, and what could not be run.

    Attributes:
        runs: timings by broker and by who did the job, in order.
        left_out: why, by what.
    """

    runs: dict[tuple[BrokerKind, Who], list[Timing]] = field(
        default_factory=lambda: defaultdict(list)
    )
    left_out: dict[str, str] = field(default_factory=dict)

    def median(self, kind: BrokerKind, who: Who, what: What) -> float:
        """Return the median of a figure."""
        return float(median(getattr(one, what) for one in self.runs[kind, who]))

    def ratio(self, kind: BrokerKind, who: Who, what: What) -> float:
        """Return the median of a figure of Weir's worker over that of another, pair by pair."""
        pairs = zip(self.runs[kind, "weir"], self.runs[kind, who], strict=True)
        return float(median(getattr(ours, what) / getattr(theirs, what) for ours, theirs in pairs))


def compare(
    records: list[Record],
    rounds: int = 3,
    tell: Callable[[str], None] = lambda _: None,
) -> Compared:
    """Let each do the job on each broker.

    Args:
        records: the log.
        rounds: how often; all combinations in each.
        tell: told what begins.

    Raises:
        SystemExit: one of them has ended, or has not left what the others have left.
    """
    found = Compared()
    kinds: list[BrokerKind] = ["embedded"]
    if why := why_no_kafka():
        found.left_out[_BROKERS["kafka"]] = why
    else:
        kinds.append("kafka")
    all_who: list[Who] = ["weir"]
    if why := quix.why_not():
        found.left_out[f"Quix Streams {quix.version()}"] = why
    else:
        all_who += ["quix", "quix-reads"]
    first: Outcome | None = None
    for number in range(rounds):
        for kind in kinds:
            whose = [who for who in all_who if (kind, who) not in _NOT_RUN]
            for who in whose[:: -1 if number % 2 else 1]:
                tell(f"{TITLES[who]}, {_BROKERS[kind]}, round {number + 1} of {rounds}")
                timing, left = run(records, kind, who)
                found.runs[kind, who].append(timing)
                first = first or left
                if unlike := left.unlike(first):
                    raise SystemExit(f"{who} on {kind}: {unlike} differ: {left}, not {first}")
    return found


def run(records: list[Record], kind: BrokerKind, who: Who) -> tuple[Timing, Outcome]:
    """Let one of them do the job; return how fast it was, and what it has left."""
    with stack(kind) as where:
        asyncio.run(preload(where.broker.address, topics.events("churn"), records))
        child = _start(where, who)
        try:
            timing = timed(where, len(records), [child])
        finally:
            child.stop()
        return timing, outcome(where)


def _start(where: Stack, who: Who) -> ChildProcess:
    if who == "weir":
        return where.start("worker", "stream", "worker")
    return quix.start(where, "quix" if who == "quix" else "weir")


def figures(found: Compared) -> dict[str, float]:
    """Return the medians and the ratios by name."""
    named = {}
    for kind, who in found.runs:
        prefix = f"{kind}_{who.replace('-', '_')}"
        for what, name in _WHAT.items():
            named[f"{prefix}_{name}"] = found.median(kind, who, what)
            if who != "weir":
                named[f"{prefix}_{what}_ratio"] = found.ratio(kind, who, what)
    return named


def add_rows(table: Table, found: Compared) -> None:
    """Add what was found to a table of figure, value and aim."""
    for kind, who in sorted(found.runs, key=_order):
        title, broker = TITLES[who], _BROKERS[kind]
        scored, learnt, work = (found.median(kind, who, what) for what in _WHAT)
        value = f"{scored:,.0f} scored, {learnt:,.0f} learnt too; {work:.0f} us of processor each"
        table.add_row(f"{title}, {broker}, events/s", value, "")
        if who != "weir":
            scored, learnt, work = (found.ratio(kind, who, what) for what in _WHAT)
            value = f"{scored:.2f} scored, {learnt:.2f} learnt too; {work:.2f} of processors' time"
            table.add_row(f"  full worker / {title}", value, "")
    for what, why in found.left_out.items():
        table.add_row(what, f"left out: {why}", "")


def _order(run: tuple[BrokerKind, Who]) -> tuple[int, int]:
    return list(_BROKERS).index(run[0]), list(TITLES).index(run[1])


@click.command()
@click.option("--users", default=300, show_default=True, help="Users of the generated log.")
@click.option("--days", default=40, show_default=True, help="Its length.")
@click.option("--rounds", default=3, show_default=True, help="All combinations in each.")
def main(*, users: int, days: int, rounds: int) -> None:
    """Let Weir's worker and Quix Streams do the same job, on both brokers."""
    quiet()
    console = Console(stderr=True)
    records = churn_records(users, days)
    stolen_before, ticks_before = stolen()
    found = compare(records, rounds, lambda what: console.print(f"{what} ..."))
    stolen_after, ticks_after = stolen()
    share = (stolen_after - stolen_before) / max(1, ticks_after - ticks_before)
    title = f"{len(records):,} events: {machine()}; {share:.0%} stolen"
    table = Table("figure", "value", "aim", title=title)
    add_rows(table, found)
    Console().print(table)


def quiet() -> None:
    """Say nothing of what aiokafka does again: a new topic has no leader for a moment."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


if __name__ == "__main__":
    main()
