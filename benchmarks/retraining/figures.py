"""What retraining has given on one log."""

from collections.abc import Callable

import msgspec

from benchmarks.retraining.played import Played
from models import domains
from models.effects import Example
from models.metrics import evaluate
from models.plan import DAY_MS, Plan


class Story(msgspec.Struct):
    """One log, with retraining and without.

    Attributes:
        seed: of the log.
        alarm: day of the log on which concept drift was told; None for never.
        challenged: day on which a model that was retrained for it became challenger.
        promoted: (day, model) of every promotion.
        rolled_back: (day, model) of every rollback.
        promoted_off: (day, model) of every promotion without a trainer.
        on: AUC of what was served, with a trainer.
        off: the same without one: the contests between standing challengers go on.
        unchanged: AUC of the first champion, which learns on and never gives way, on the same
            snapshots as ``on``.
        weeks: (first day, on, off, unchanged) week by week.
        snapshots: how many were judged.
    """

    seed: int
    alarm: float | None
    challenged: float | None
    promoted: list[tuple[float, str]]
    rolled_back: list[tuple[float, str]]
    promoted_off: list[tuple[float, str]]
    on: float
    off: float
    unchanged: float
    weeks: list[tuple[int, float | None, float | None, float | None]]
    snapshots: int


def story(plan: Plan, on: Played, off: Played, first_day: int) -> Story:
    """Return what retraining has given.

    Args:
        plan: of the log.
        on: played with a trainer.
        off: played without.
        first_day: of the snapshots that are judged; the last ones are those whose whole horizon
            lies in the log.
    """

    def day(ms: int) -> float:
        return round((ms - plan.start_ms) / DAY_MS, 1)

    champion = domains.load("churn").recipes[0].name
    concept = [a for a in on.alarms if a.kind == "concept" and a.direction == "degraded"]
    entered = [d for d in on.decisions if d.kind == "challenged"]

    def told(played: Played, kind: str) -> list[tuple[float, str]]:
        return [(day(d.event_time), d.model) for d in played.decisions if d.kind == kind]

    judged = [_judged(played, plan, first_day, plan.days) for played in (on, off)]
    weeks = []
    for first in range(first_day, plan.days, 7):
        parts = [_judged(played, plan, first, first + 7) for played in (on, off)]
        figures = (_auc(parts[0], _served), _auc(parts[1], _served), _auc(parts[0], _of(champion)))
        weeks.append((first, *figures))
    return Story(
        seed=plan.seed,
        alarm=day(concept[0].event_time) if concept else None,
        challenged=day(entered[0].event_time) if entered else None,
        promoted=told(on, "promoted"),
        rolled_back=told(on, "rolled_back"),
        promoted_off=told(off, "promoted"),
        on=_auc(judged[0], _served) or 0.0,
        off=_auc(judged[1], _served) or 0.0,
        unchanged=_auc(judged[0], _of(champion)) or 0.0,
        weeks=weeks,
        snapshots=len(judged[0]),
    )


def _judged(played: Played, plan: Plan, first: int, end: int) -> list[Example]:
    since, until = (plan.start_ms + day * DAY_MS for day in (first, end))
    return [
        e
        for e in played.examples
        if e.label is not None and since <= e.at < until and e.due <= plan.end_ms
    ]


def _served(example: Example) -> float:
    return next(iter(example.predictions.values()))


def _of(model: str) -> Callable[[Example], float]:
    return lambda example: example.predictions[model]


def _auc(examples: list[Example], said: Callable[[Example], float]) -> float | None:
    return evaluate([said(e) for e in examples], [e.label or 0.0 for e in examples]).auc
