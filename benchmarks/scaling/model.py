"""What so many users need: assumptions, and plain arithmetic. Nothing here is measured by itself.

    uv run --frozen python -m benchmarks.scaling.model

The measured defaults come from ``python -m benchmarks.scaling``; docs/scaling.md has both tables.
"""

from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import click
from rich.console import Console
from rich.table import Table

DAY_S = 86_400
GB = 1_000_000_000

#: The most partitions that Weir takes (``WEIR_PARTITIONS``).
MOST_PARTITIONS = 1024

USERS = (10_000, 1_000_000, 10_000_000, 100_000_000)


@dataclass(frozen=True)
class Assumptions:
    """What is taken for granted; the measured ones say so.

    Attributes:
        events_user_day: events of a user a day (churn's generated log: 26).
        peak: events of the busiest hour, over those of the mean one.
        plan: share of what a part can do that it is to do at the peak; the rest is for catching up
            after an outage, and for the share of a worker that has just ended.
        worker_events_s: of one worker on a core of its own, with a cold cache (measured).
        redis_us_event: microseconds of Redis' one thread an event, cache cold (measured).
        partitions_worker: partitions for each worker at least, so that the work spreads evenly.
        redis_bytes_user: of state, waiting snapshots, schedule and ranking (measured).
        redis_more: what Redis needs beyond its data: fragmentation, and copies of pages while it
            rewrites its log.
        redis_node_gb: memory of a node.
        redis_copies: of each node's data: itself and its replicas.
        examples_user_day: records for the learner: one label a living user and day, and every
            tenth snapshot for the watch over drift.
        learner_records_s: that one learner takes, publications included (measured).
        event_bytes, score_bytes, example_bytes: stored, compressed in large batches (measured).
        small_batches: how many times that a record takes in batches as small as they are when
            nothing lags; a guess, for it depends on producers and traffic.
        events_days, scores_days: how long Kafka keeps them; it keeps examples for good.
        kafka_copies: of each record.
        answers_user_day: answers of the API for each user a day.
        api_answers_s: of one API process: a little less than docs/measured.md was measured at.
    """

    events_user_day: float = 26
    peak: float = 3
    plan: float = 0.5
    worker_events_s: float = 10_000
    redis_us_event: float = 25
    partitions_worker: int = 4
    redis_bytes_user: float = 2_600
    redis_more: float = 1.5
    redis_node_gb: float = 64
    redis_copies: int = 2
    examples_user_day: float = 1.1
    learner_records_s: float = 2_500
    event_bytes: float = 35
    score_bytes: float = 24
    example_bytes: float = 260
    small_batches: float = 3
    events_days: float = 30
    scores_days: float = 7
    kafka_copies: int = 3
    answers_user_day: float = 0.2
    api_answers_s: float = 400


@dataclass(frozen=True)
class Needs:
    """What so many users need.

    Attributes:
        users: with a state, all living.
        events_s: of the mean hour.
        peak_events_s: of the busiest.
        workers: processes, a core each.
        partitions: the next power of two that serves them; fixed once there is state.
        redis_gb: memory for the data of one copy.
        redis_masters: nodes by memory or by the one thread of each, whichever is more; several
            are a Redis Cluster.
        redis_nodes: the same with all copies.
        kafka_mb_s: written at the peak, before copies, compressed.
        kafka_gb_day: stored a day, before copies, compressed.
        kafka_tb: kept of events and scores, all copies.
        examples_gb_year: stored for good a year, all copies.
        examples_day: records for the learner.
        learner_hours: that one learner needs for a day's.
        learners: logs that they must be split over; with one, a learner is enough.
        api_processes: for the answers of the peak hour.
        replay_hours: to make all states anew from the events that Kafka has, by these workers.
    """

    users: int
    events_s: float
    peak_events_s: float
    workers: int
    partitions: int
    redis_gb: float
    redis_masters: int
    redis_nodes: int
    kafka_mb_s: float
    kafka_gb_day: float
    kafka_tb: float
    examples_gb_year: float
    examples_day: float
    learner_hours: float
    learners: int
    api_processes: int
    replay_hours: float

    @property
    def possible(self) -> bool:
        """Whether one domain of Weir, as it is, can do it: partitions, one Redis, one learner."""
        return self.partitions <= MOST_PARTITIONS and self.redis_masters <= 1 >= self.learners


def needs(users: int, given: Assumptions | None = None) -> Needs:
    """Return what so many living users of one domain need.

    Args:
        users: at least 1.
        given: the assumptions, those of this file if not given.
    """
    a = given or Assumptions()
    events_day = users * a.events_user_day
    peak_s = events_day / DAY_S * a.peak
    workers = max(1, ceil(peak_s / (a.worker_events_s * a.plan)))
    partitions = max(4, _power(workers * a.partitions_worker))
    redis_gb = users * a.redis_bytes_user / GB
    by_memory = ceil(redis_gb * a.redis_more / a.redis_node_gb)
    by_thread = ceil(peak_s * a.redis_us_event / 1e6 / a.plan)
    masters = max(1, by_memory, by_thread)
    examples_day = users * a.examples_user_day
    learner_s = examples_day / a.learner_records_s
    event, score = a.event_bytes * a.small_batches, a.score_bytes * a.small_batches
    examples_bytes = examples_day * a.example_bytes * a.small_batches
    flow_bytes_day = events_day * (event + score) + examples_bytes
    kept = events_day * (event * a.events_days + score * a.scores_days)
    answers_s = users * a.answers_user_day / DAY_S * a.peak
    return Needs(
        users=users,
        events_s=events_day / DAY_S,
        peak_events_s=peak_s,
        workers=workers,
        partitions=partitions,
        redis_gb=redis_gb,
        redis_masters=masters,
        redis_nodes=masters * a.redis_copies,
        kafka_mb_s=flow_bytes_day / DAY_S * a.peak / 1e6,
        kafka_gb_day=flow_bytes_day / GB,
        kafka_tb=kept * a.kafka_copies / (1000 * GB),
        examples_gb_year=examples_bytes * 365 * a.kafka_copies / GB,
        examples_day=examples_day,
        learner_hours=learner_s / 3600,
        learners=max(1, ceil(learner_s / (DAY_S * a.plan))),
        api_processes=max(1, ceil(answers_s / (a.api_answers_s * a.plan))),
        replay_hours=events_day * a.events_days / (workers * a.worker_events_s) / 3600,
    )


def most_users(given: Assumptions | None = None) -> int:
    """Return the living users that the one learner of a domain can follow."""
    a = given or Assumptions()
    return int(DAY_S * a.plan * a.learner_records_s / a.examples_user_day)


def _power(least: int) -> int:
    """Return the power of two that is at least this."""
    return 1 << (least - 1).bit_length()


def table(given: Assumptions | None = None, users: tuple[int, ...] = USERS) -> Table:
    """Return what each number of users needs, for people."""
    all_needs = [needs(number, given) for number in users]
    made = Table("", *(f"{one.users:,} users" for one in all_needs), title="Model")
    rows: tuple[tuple[str, str, str], ...] = (
        ("events/s, mean", "events_s", ",.0f"),
        ("events/s, busiest hour", "peak_events_s", ",.0f"),
        ("workers (a core each)", "workers", ",d"),
        ("partitions", "partitions", ",d"),
        ("Redis, GB of data", "redis_gb", ",.2f"),
        ("Redis nodes, with replicas", "redis_nodes", ",d"),
        ("Kafka, MB/s written at the peak", "kafka_mb_s", ",.2f"),
        ("Kafka, GB a day", "kafka_gb_day", ",.2f"),
        ("Kafka, TB kept of events and scores, all copies", "kafka_tb", ",.3f"),
        ("Kafka, GB of examples a year, all copies", "examples_gb_year", ",.0f"),
        ("examples a day", "examples_day", ",.0f"),
        ("hours of one learner a day", "learner_hours", ",.2f"),
        ("learners", "learners", ",d"),
        ("API processes", "api_processes", ",d"),
        ("hours to replay all of Kafka's events", "replay_hours", ",.1f"),
    )
    for title, name, how in rows:
        made.add_row(title, *(format(getattr(one, name), how) for one in all_needs))
    made.add_row("one domain, as Weir is", *("yes" if one.possible else "NO" for one in all_needs))
    return made


@click.command()
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Another assumption, as in --set events_user_day=5.",
)
def main(pairs: tuple[str, ...]) -> None:
    """Print what 10,000 to 100 million users need."""
    given: dict[str, Any] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        kind = type(getattr(Assumptions, name, None))
        if kind not in {int, float}:
            raise click.BadParameter(f"no assumption {name}")
        try:
            given[name] = int(value) if kind is int and value.isdigit() else float(value)
        except ValueError as error:
            raise click.BadParameter(f"{value} is no number") from error
    assumed = replace(Assumptions(), **given)
    Console().print(table(assumed))
    Console().print(f"one learner follows {most_users(assumed):,} living users")


if __name__ == "__main__":
    main()
