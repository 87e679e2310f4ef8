"""``make bench-scaling``: how speed and memory grow with users, partitions and workers."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.brokers import quiet
from benchmarks.machine import machine, stolen
from benchmarks.scaling import learner, model, partitions, ranking, users, workers
from benchmarks.scaling.population import population
from benchmarks.workload import PARTITIONS, BrokerKind, churn_records, why_no_kafka
from stream.embedded.guard import Guard
from stream.embedded.redis import EmbeddedRedis

_SIZES = (1_000, 10_000, 100_000, 1_000_000)
_SPREADS = (1, 2, 4, 8, 16)
_ASKED = (4, 16, 64, 256)

#: Users of the generated log that are copied.
_COPIED = 1_000


@click.command()
@click.option("--events", default=100_000, show_default=True, help="That wait for the worker.")
@click.option(
    "--most-users", default=_SIZES[-1], show_default=True, help="A million takes 3 GB of memory."
)
@click.option("--rounds", default=3, show_default=True, help="Pairs of one and two workers.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(*, events: int, most_users: int, rounds: int, as_json: bool) -> None:
    """Measure what grows, and how; then reckon onwards by ``benchmarks.scaling.model``."""
    quiet()
    console = Console(stderr=True)
    said = f"{machine()}, {datetime.now(UTC):%Y-%m-%d}"
    console.print(said)
    why = why_no_kafka()
    kind: BrokerKind = "embedded" if why else "kafka"
    if why:
        console.print(f"On the embedded broker, without Apache Kafka: {why}")
    stolen_before, ticks_before = stolen()
    tell: Callable[[str], None] = lambda what: console.print(f"{what} ...")  # noqa: E731
    found: dict[str, float] = {}
    wide = Console(width=150, quiet=as_json)
    # one by one: it is long work, and what fails late takes nothing back
    wide.print(
        _by_users(found, [size for size in _SIZES if size <= most_users], events, kind, tell)
    )
    wide.print(_by_partitions(found, kind, tell))
    wide.print(_others(found, tell))
    records = churn_records(300, 40, workers.PARTITIONS)
    pairs = workers.measure(records, kind, rounds, tell)
    found |= workers.figures(pairs)
    stolen_after, ticks_after = stolen()
    share = (stolen_after - stolen_before) / max(1, ticks_after - ticks_before)
    if as_json:
        click.echo(orjson.dumps({"machine": said, "broker": kind, "stolen": share, **found}))
        return
    wide.print(workers.table(pairs), model.table())
    wide.print(f"{said}; broker: {kind}; {share:.0%} of the processors' time stolen")


def _by_users(
    found: dict[str, float],
    sizes: list[int],
    events: int,
    kind: BrokerKind,
    tell: Callable[[str], None],
) -> Table:
    tell(f"Running the engine over {_COPIED:,} users, who are copied")
    copied = population(_COPIED)
    titles = ("scored/s", "us of CPU", "Redis us", "users active", "hours", *users.KEYS, "all")
    made = Table("users in Redis", *titles, title="By users; bytes a user by key, one worker")
    runs: list[tuple[str, int, dict[str, str]]] = [(f"{size:,}", size, {}) for size in sizes]
    runs.append((f"{sizes[-1]:,}, cache of 100", sizes[-1], {"WEIR_CACHE_USERS": "100"}))
    for title, size, settings in runs:
        tell(f"{title} users")
        one = users.measure(copied, size, events, kind, PARTITIONS, settings)
        redis_us = one.timing.cores["Redis"] / one.timing.scored * 1e6
        name = f"users_{size}{'_uncached' if settings else ''}"
        found |= {
            f"{name}_events_s": one.timing.scored,
            f"{name}_steady_events_s": one.timing.steady,
            f"{name}_work_us": one.timing.work,
            f"{name}_redis_us": redis_us,
            f"{name}_active_share": one.active / one.events,
            f"{name}_redis_bytes_user": one.used_bytes,
        }
        made.add_row(
            title,
            f"{one.timing.scored:,.0f}",
            f"{one.timing.work:.0f}",
            f"{redis_us:.1f}",
            f"{one.active:,}",
            f"{one.hours:.1f}",
            *(f"{one.key_bytes[key]:,.0f}" for key in users.KEYS),
            f"{one.used_bytes:,.0f}",
        )
    return made


def _by_partitions(found: dict[str, float], kind: BrokerKind, tell: Callable[[str], None]) -> Table:
    titles = ("scored/s", "us of CPU", "stored, bytes a record")
    made = Table("partitions", *titles, title="By partitions; 100 users, 40 days, one worker")
    for number in _SPREADS:
        tell(f"{number} partition(s)")
        one = partitions.measure(100, 40, kind, number)
        found[f"partitions_{number}_events_s"] = one.timing.scored
        found[f"partitions_{number}_work_us"] = one.timing.work
        found |= {f"stored_{what}_bytes_{number}": size for what, size in one.stored.items()}
        stored = ", ".join(f"{what} {size:.0f}" for what, size in one.stored.items())
        made.add_row(str(number), f"{one.timing.scored:,.0f}", f"{one.timing.work:.0f}", stored)
    return made


def _others(found: dict[str, float], tell: Callable[[str], None]) -> Table:
    tell("The learner, and questions about the rank")
    made = Table("figure", "value", title="Learner, and rank percentile")
    values = learner.examples(churn_records(300, 40))
    with (
        tempfile.TemporaryDirectory(prefix="weir-bench-") as name,
        Guard() as guard,
        EmbeddedRedis(Path(name), guard=guard) as redis,
    ):
        found["learner_records_s"] = learner.rate(values, redis.url)
        made.add_row(
            f"records/s of the examples log, {len(values):,} of them",
            f"{found['learner_records_s']:,.0f}",
        )
        for number in _ASKED:
            found[f"below_{number}_ms"] = ranking.below_ms(redis.url, number)
            made.add_row(
                f"one rank percentile over {number} partitions",
                f"{found[f'below_{number}_ms']:.2f} ms",
            )
    return made


if __name__ == "__main__":
    main()
