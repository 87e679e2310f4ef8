"""Two workers on two cores against one on one core, over the same log that waits in Kafka.

    uv run --frozen python -m benchmarks.scaling.workers

A worker is bound to a core of its own. Broker and Redis may use both cores in both cases, since
there are no others: what they take, two workers lack. The group forms once, when all have joined.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from benchmarks.brokers import quiet
from benchmarks.job import Timing, timed
from benchmarks.machine import machine
from benchmarks.outcome import Outcome, outcome
from benchmarks.processes import pin
from benchmarks.workload import BrokerKind, Record, Stack, churn_records, preload, stack
from stream import topics
from stream.embedded.process import ChildProcess, stop_all

#: Partitions: as many as two workers share evenly, with the learner beside one half.
PARTITIONS = 8

#: Kafka waits so long (ms) for all members of a new group, so that it need not form twice.
_GROUP = {"group.initial.rebalance.delay.ms": "8000"}

_CLAIMED = re.compile(r"claimed events\.churn partition (\d+) ")


@dataclass(frozen=True)
class Pair:
    """One worker and two workers, one after the other.

    Attributes:
        one: timing of one worker on one core.
        two: of two on two.
        shares: how many partitions each of the two had.
    """

    one: Timing
    two: Timing
    shares: tuple[int, ...]


def measure(
    records: list[Record],
    kind: BrokerKind,
    rounds: int = 3,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Pair]:
    """Return pairs; which of the two comes first takes turns.

    Args:
        records: the log, laid out over ``PARTITIONS``.
        kind: which broker.
        rounds: how many pairs.
        tell: told what begins.

    Raises:
        SystemExit: a worker has ended, or one run has not left what the others have.
    """
    pairs: list[Pair] = []
    first: Outcome | None = None
    for number in range(rounds):
        timings: dict[int, Timing] = {}
        shares: tuple[int, ...] = ()
        for workers in (2, 1) if number % 2 else (1, 2):
            tell(f"{workers} worker(s), round {number + 1} of {rounds}")
            timings[workers], held, left = run(records, kind, workers)
            shares = held if workers == 2 else shares
            first = first or left
            if unlike := left.unlike(first):
                raise SystemExit(f"{workers} worker(s): {unlike} differ: {left}, not {first}")
        pairs.append(Pair(timings[1], timings[2], shares))
    return pairs


def run(
    records: list[Record], kind: BrokerKind, workers: int
) -> tuple[Timing, tuple[int, ...], Outcome]:
    """Return how fast so many workers were, how many partitions each had, and what they left."""
    with stack(kind, PARTITIONS, _GROUP) as where:
        asyncio.run(preload(where.broker.address, topics.events("churn"), records))
        children = [_start(where, number) for number in range(workers)]
        try:
            timing = timed(where, len(records), children)
        finally:
            stop_all(children, 20)
        held = tuple(len(set(_CLAIMED.findall(child.log.read_text()))) for child in children)
        return timing, held, outcome(where)


def _start(where: Stack, number: int) -> ChildProcess:
    child = where.start(f"worker-{number}", "stream", "worker")
    pin(child.pid, {number})
    return child


def ratio(pairs: list[Pair], what: Callable[[Timing], float]) -> float:
    """Return the median, pair by pair, of two workers' figure over one's."""
    return median(what(pair.two) / what(pair.one) for pair in pairs)


def figures(pairs: list[Pair]) -> dict[str, float]:
    """Return medians and ratios by name."""
    found = {}
    for name in ("scored", "learnt", "steady", "work"):
        found[f"workers_1_{name}"] = median(getattr(pair.one, name) for pair in pairs)
        found[f"workers_2_{name}"] = median(getattr(pair.two, name) for pair in pairs)
        found[f"workers_ratio_{name}"] = median(
            getattr(pair.two, name) / getattr(pair.one, name) for pair in pairs
        )
    return found


def table(pairs: list[Pair]) -> Table:
    """Return what was found, for people."""
    made = Table("", "one worker, core 0", "two, cores 0 and 1", "ratio", title="Workers")
    found = figures(pairs)
    for name, title in (
        ("scored", "events/s until all are scored"),
        ("steady", "events/s while all have work"),
        ("learnt", "events/s until all is learnt too"),
        ("work", "us of the workers' processors an event"),
    ):
        one, two = (found[f"workers_{count}_{name}"] for count in (1, 2))
        made.add_row(title, f"{one:,.0f}", f"{two:,.0f}", f"{found[f'workers_ratio_{name}']:.2f}")
    for part in pairs[0].one.cores:
        taken = [median(t.cores[part] for t in each) for each in _each(pairs)]
        title = f"cores that {part} took" if part != "queue" else "cores that workers queued for"
        made.add_row(title, *(f"{cores:.2f}" for cores in taken), "")
    held = ", ".join("+".join(map(str, pair.shares)) for pair in pairs)
    made.add_row("partitions of each", str(PARTITIONS), held, "")
    return made


def _each(pairs: list[Pair]) -> tuple[list[Timing], list[Timing]]:
    return [pair.one for pair in pairs], [pair.two for pair in pairs]


@click.command()
@click.option("--users", default=300, show_default=True, help="Users of the generated log.")
@click.option("--days", default=40, show_default=True, help="Its length.")
@click.option("--rounds", default=3, show_default=True, help="Pairs.")
def main(*, users: int, days: int, rounds: int) -> None:
    """Compare one worker on one core with two on two, on Apache Kafka (`make kafka`)."""
    quiet()
    console = Console(stderr=True)
    console.print(machine())
    records = churn_records(users, days, PARTITIONS)
    pairs = measure(records, "kafka", rounds, lambda what: console.print(f"{what} ..."))
    Console().print(f"{machine()}; {len(records):,} events", table(pairs))


if __name__ == "__main__":
    main()
