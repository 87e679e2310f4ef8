"""Candidates against the champion, on the judged snapshots."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.calibrate import log_odds
from models.curves import curves, precision
from models.domain import Domain
from models.plan import DAY_MS
from models.reasons import linear_effects, occlusion_effects
from models.recipes import AmountModel, LinearModel, Model
from models.training.bootstrap import gain
from models.training.judged import Judged
from models.training.report import AgeReport, TrialReport, WindowFigures
from models.training.training import Candidate

Floats = NDArray[np.float64]

#: Figures are told by stretches of so many days; effects are worked out on so many snapshots.
_STRETCH, _EXPLAINED = 7, 200


class Comparison:
    """The judged snapshots, and what the champion said of them.

    Args:
        domain: whose they are.
        judged: the snapshots; not empty.
        champion: the name of the model that serves. Of snapshots that it did not predict, what was
            served counts in its place.
        seed: of the bootstrap.
    """

    def __init__(
        self, domain: Domain[Any, Any], judged: Sequence[Judged], champion: str, seed: int = 0
    ) -> None:
        self._domain, self._judged, self._seed = domain, judged, seed
        self._labels = np.array([one.label for one in judged])
        self._users = np.array([crc32(one.user_id.encode()) for one in judged], dtype=np.uint64)
        self._served = np.array([one.predictions.get(champion, one.served) for one in judged])
        self._means = {
            name: sum(one.features[name] for one in judged) / len(judged)
            for name in domain.feature_names
        }

    def champion(self) -> list[AgeReport]:
        """Return the champion's figures."""
        return self._ages(self._served, np.full(len(self._judged), fill_value=True))

    def trial(self, candidate: Candidate) -> TrialReport | None:
        """Return how a candidate did; None when it began after most of the snapshots."""
        there = np.array([said is not None for said in candidate.predictions])
        if 2 * there.sum() < len(self._judged):
            return None
        said = np.array([np.nan if one is None else one for one in candidate.predictions])
        objective, labels = self._domain.objective, self._labels[there]
        losses = objective.loss(self._served[there], labels) - objective.loss(said[there], labels)
        found = gain(losses, self._users[there], self._seed)
        recipe = self._domain.recipe(candidate.origin.recipe)
        return TrialReport(
            model=str(candidate.origin),
            recipe=recipe.name,
            title=recipe.title,
            since=candidate.origin.since,
            parameters=dict(recipe.parameters),
            labels=int(there.sum()),
            gain=found.mean,
            low=found.low,
            high=found.high,
            ages=self._ages(said, there),
            effects=self._effects(candidate.model),
            learnt=candidate.learnt,
            seconds=candidate.seconds,
        )

    def _ages(self, said: Floats, there: NDArray[np.bool_]) -> list[AgeReport]:
        ages = np.array([one.age for one in self._judged])
        return [
            self._age(name, said, np.flatnonzero(there & (ages == number)))
            for number, name in enumerate(self._domain.ages)
        ]

    def _age(self, name: str, said: Floats, rows: NDArray[np.int64]) -> AgeReport:
        labels, chance = self._labels[rows], self._domain.objective.kind == "chance"
        return AgeReport(
            age=name,
            figures=self._figures(said, rows),
            windows=self._windows(said, rows),
            curves=curves(said[rows], labels, chance=chance),
            precision=precision(said[rows], labels) if chance else [],
        )

    def _figures(self, said: Floats, rows: NDArray[np.int64]) -> dict[str, float | None]:
        found = self._domain.objective.evaluate(said[rows].tolist(), self._labels[rows].tolist())
        return msgspec.structs.asdict(found)

    def _windows(self, said: Floats, rows: NDArray[np.int64]) -> list[WindowFigures]:
        days = np.array([self._judged[row].at // DAY_MS for row in rows])
        if not len(days):
            return []
        first, found = int(days.min()), []
        for day in range(first, int(days.max()) + 1, _STRETCH):
            inside = rows[(days >= day) & (days < day + _STRETCH)]
            if len(inside):
                until = (day + _STRETCH) * DAY_MS
                found.append(WindowFigures(day * DAY_MS, until, self._figures(said, inside)))
        return found

    def _effects(self, model: Model) -> dict[str, float]:
        names, total = self._domain.feature_names, dict.fromkeys(self._domain.feature_names, 0.0)
        rows = self._judged[:: max(1, len(self._judged) // _EXPLAINED)]
        linear = model.linear(names) if isinstance(model, LinearModel) else None
        scale = log_odds if self._domain.objective.kind == "chance" else float
        for row in rows:
            if linear is not None:
                effects = linear_effects(linear, row.features, self._means)
            elif isinstance(model, AmountModel):
                effects = model.assess(row.features).effects
            else:
                effects = occlusion_effects(model, row.features, self._means, scale)
            for name, effect in effects.items():
                total[name] += abs(effect) / len(rows)
        return dict(sorted(total.items(), key=lambda item: -item[1]))
