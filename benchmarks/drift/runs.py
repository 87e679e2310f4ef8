"""One log, made and run through engine, learner and watch: the alarms that were given."""

import time
from dataclasses import dataclass
from typing import Any

import msgspec

from benchmarks.drift.plain import Plain
from models import domains
from models.alarms import Alarm
from models.domain import Domain
from models.effects import Example, Snapshot
from models.plan import DAY_MS, Plan
from replay.generate import load as load_maker
from stream.backtest import Backtest


@dataclass(frozen=True)
class Run:
    """What became of a log.

    Attributes:
        plan: the log.
        alarms: given by Weir.
        plain: event time of the detections of the plain ways, ms.
        labels: event time at which each label was due, ms, ascending.
        snapshots: event time of each snapshot that was watched, ms, ascending.
        seconds: how long it took.
    """

    plan: Plan
    alarms: list[Alarm]
    plain: dict[str, list[int]]
    labels: list[int]
    snapshots: list[int]
    seconds: float

    @property
    def drift_ms(self) -> int:
        """When the drift begins; after the log when there is none."""
        day = self.plan.days if self.plan.drift_at is None else self.plan.drift_at
        return self.plan.start_ms + day * DAY_MS


def run(name: str, plan: Plan) -> Run:
    """Make the log of a plan and run it through a backtest."""
    started, whole = time.perf_counter(), domains.load(name)
    # challengers are not watched, and not learning them saves a third of the time
    alone = {"recipes": whole.recipes[:1]}
    domain: Domain[Any, Any] = type(name, (type(whole),), alone)()
    plain, labels, snapshots = Plain(domain), list[int](), list[int]()

    def label(example: Example) -> None:
        plain.add(example)
        if example.label is not None:
            labels.append(example.due)

    def taken(snapshot: Snapshot) -> None:
        snapshots.append(snapshot.at)

    backtest = Backtest(domain, 1, label, taken)
    for number, (_, line) in enumerate(load_maker(name)(plan)):
        backtest.feed(number, line)
    alarms = [msgspec.structs.replace(alarm) for alarm in backtest.learner.alarms]
    took = time.perf_counter() - started
    return Run(plan, alarms, plain.found, sorted(labels), sorted(snapshots), took)
