"""A log played through engine and learner: its labelled snapshots, and what was said of them."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.quality.daily import Floats
from models.domain import Domain
from models.effects import Example
from replay.progress import Meter
from stream.backtest import Backtest


class Played(NamedTuple):
    """What became of a log.

    Attributes:
        examples: the snapshots that have their label, oldest first.
        start: the log's first event, ms.
        end: its last, ms.
    """

    examples: list[Example]
    start: int
    end: int


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


def play(domain: Domain[Any, Any], records: Iterable[bytes]) -> Played:
    """Run engine and learner over a log: predict, wait for the label, learn.

    Args:
        domain: what is predicted.
        records: JSON, in the order of the log; what cannot be used is left out.
    """
    examples: list[Example] = []

    def keep(example: Example) -> None:
        if example.label is not None:  # not of one of several windows
            examples.append(example)

    run = Backtest(domain, 1, keep)
    with Meter("engine and learner", None) as meter:
        for number, record in enumerate(records):
            run.feed(number, record)
            if not number % Meter.EVERY:
                meter.show(number, number)
    examples.sort(key=lambda example: (example.at, example.user_id))
    return Played(examples, run.first_ts, run.watermark)
