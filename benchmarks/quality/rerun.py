"""A log's examples, met again by any recipe: predictions as the backtest would have made them."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.quality.amount_cohort import noting
from benchmarks.quality.daily import Floats, Mask, Times
from models.domain import Domain
from models.effects import Example
from models.maturity import Maturing
from models.recipes import Recipe
from models.versions import position_of
from stream.backtest import Backtest


class Met(NamedTuple):
    """What a recipe said of a log's snapshots.

    Attributes:
        predictions: one each.
        learn_us: mean cost of learning an example, in microseconds.
        predict_us: mean cost of a further prediction by the same version, in microseconds.
    """

    predictions: Floats
    learn_us: float
    predict_us: float


class Rerun:
    """A log that has been played once.

    Args:
        domain: what is predicted.
        records: JSON, in the order of the log; what cannot be used is left out.

    Attributes:
        snapshots: those that have their label, in the order of the log of examples.
        labels: one each.
        users: whose they are, numbered.
        start: the log's first event, ms.
        third: when a third of the log's users had had their first event, ms.
    """

    def __init__(self, domain: Domain[Any, Any], records: Iterable[bytes]) -> None:
        self._examples: list[Example] = []
        begun: dict[str, int] = {}
        run = Backtest(domain, 1, self._examples.append)
        for number, record in enumerate(noting(domain, records, begun)):
            run.feed(number, record)
        numbers = {user: n for n, user in enumerate(sorted(begun))}
        self.snapshots = [e for e in self._examples if e.label is not None]
        self.labels: Floats = np.array([e.label for e in self.snapshots], dtype=np.float64)
        self.users: Times = np.array([numbers[e.user_id] for e in self.snapshots])
        self.start = run.first_ts
        self.third = sorted(begun.values())[len(begun) // 3] if begun else 0
        self._end = run.watermark

    def judged(self, since: int) -> Mask:
        """Tell the snapshots to judge by: from then on (ms), their label due within the log."""
        return np.array([e.at >= since and e.due <= self._end for e in self.snapshots])

    def meet(self, recipe: Recipe) -> Met:
        """Let a new model of this recipe predict and learn in the order of the log.

        A snapshot was predicted when so many examples had been taken in; of these, the model has
        learnt the ripe ones.
        """
        model, clock = recipe.build(), time.perf_counter
        predictions = np.zeros(len(self.snapshots))
        learning, predicting, learnt = 0.0, 0.0, 0
        for place, example in self._steps():
            if place is None:
                began = clock()
                model.learn(example.features, example.gain, example.window)
                learning += clock() - began
                learnt += 1
                continue
            predictions[place] = example.known + model.predict(example.features)
            began = clock()
            model.predict(example.features)
            predicting += clock() - began
        return Met(
            predictions,
            1e6 * learning / max(1, learnt),
            1e6 * predicting / max(1, len(self.snapshots)),
        )

    def _steps(self) -> Iterator[tuple[int | None, Example]]:
        """Yield snapshots to predict, with their place, and examples to learn, with None."""
        due: dict[int, list[tuple[int, Example]]] = defaultdict(list)
        for place, snapshot in enumerate(self.snapshots):
            due[position_of(snapshot.version)].append((place, snapshot))
        maturing = Maturing()
        yield from due[0]
        for position, example in enumerate(self._examples, 1):
            for ripe in maturing.add(example):
                yield None, ripe
            yield from due[position]
