"""A log played through engine and learner: its labelled snapshots, and what was said of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.quality.daily import DAY_MS, Floats
from benchmarks.quality.retrainer import Retrainer
from models.alarms import Alarm
from models.contest.decisions import Decision
from models.domain import Domain
from models.effects import Example
from replay.progress import Meter
from stream.backtest import Backtest
from stream.settings import Settings


class Played(NamedTuple):
    """What became of a log.

    Attributes:
        examples: the snapshots that have their label, oldest first.
        start: the log's first event, ms.
        end: its last, ms.
        decisions: about who serves, the oldest first.
        alarms: of drift, the oldest first.
    """

    examples: list[Example]
    start: int
    end: int
    decisions: list[Decision]
    alarms: list[Alarm]


def said(domain: Domain[Any, Any], examples: Sequence[Example]) -> dict[str, Floats]:
    """Return what was predicted of each example, by model; what was served is the first.

    Under a name of its own where the champion has changed, and only then.

    Args:
        domain: whose recipes.
        examples: with the predictions that were made of them.
    """
    served = np.array([next(iter(e.predictions.values())) for e in examples])
    found = {
        recipe.name: np.array([e.predictions[recipe.name] for e in examples])
        for recipe in domain.recipes
        if all(recipe.name in e.predictions for e in examples)
    }
    for name, predictions in found.items():
        if np.array_equal(predictions, served):
            return {name: predictions, **found}
    return {"as served": served, **found}


def play(
    domain: Domain[Any, Any],
    records: Iterable[bytes],
    settings: Settings | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Played:
    """Run engine and learner over a log: predict, wait for the label, learn, decide who serves.

    Args:
        domain: what is predicted.
        records: JSON, in the order of the log; what cannot be used is left out.
        settings: when models are retrained; None for never.
        tell: told of every decision.
    """
    examples: list[Example] = []
    decisions: list[Decision] = []
    retrainer: Retrainer | None = None

    def keep(example: Example) -> None:
        if example.label is not None:  # not of one of several windows
            examples.append(example)
        if retrainer is not None:
            retrainer.take(example)

    run = Backtest(domain, 1, keep)
    if settings is not None:
        retrainer = Retrainer(domain, run.learner, settings)
    with Meter("engine and learner", None) as meter:
        for number, record in enumerate(records):
            run.feed(number, record)
            if retrainer is not None:
                retrainer.look(run.watermark)
            for decision in run.learner.collect_decisions():
                day = (run.watermark - run.first_ts) / DAY_MS
                decisions.append(decision)
                tell(f"day {day:.1f}: {decision.kind} {decision.model}: {decision.reason}")
            if not number % Meter.EVERY:
                meter.show(number, number)
    examples.sort(key=lambda example: (example.at, example.user_id))
    return Played(examples, run.first_ts, run.watermark, decisions, run.learner.alarms)
