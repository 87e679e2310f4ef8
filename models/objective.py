"""What a domain predicts: a chance or an amount, and how such predictions are judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from models import amount_metrics, metrics, scoring
from models.amount_metrics import AmountMetrics
from models.histograms import AmountHistogram, ChanceHistogram
from models.losses import AmountLosses, ChanceLosses, Losses
from models.metrics import BinaryMetrics

Figures = BinaryMetrics | AmountMetrics

Floats = NDArray[np.float64]


class Histogram(Protocol):
    """Counts labels in bounded memory."""

    def add(self, prediction: float, label: float) -> None:
        """Count a label."""

    def merge(self, other: Self) -> None:
        """Add another one's counts."""

    def metrics(self) -> Figures:
        """Return the figures, to the width of a bin."""

    def expected(self, predictions: Sequence[float]) -> Figures:
        """Return the figures to be expected of further predictions, before their labels come.

        These see a population that has changed. They cannot see that outcomes follow other rules
        than before, which only labels tell.
        """


@dataclass(frozen=True)
class Objective:
    """One kind of label.

    Attributes:
        kind: ``chance``: labels are 0 or 1, predictions probabilities. ``amount``: labels and
            predictions are amounts of 0 or more.
        headline: the figure that is told first.
        histogram: makes an empty histogram.
        evaluate: gives the exact figures of predictions and labels.
        no_figures: the figures of no labels.
        losses: judges labels for the watch over drift.
        loss: how wrong each prediction was, so that whoever says what he believes loses least.
        calibration: the figure that is 0 for a calibrated model.
        bands: lower bounds, from 0.0 and ascending, of the bands in which predictions are counted
            to look at; the last is open. Narrow where most predictions lie.
    """

    kind: Literal["chance", "amount"]
    headline: str
    histogram: Callable[[], Histogram]
    evaluate: Callable[[Sequence[float], Sequence[float]], Figures]
    no_figures: Figures
    losses: Callable[[], Losses]
    loss: Callable[[Floats, Floats], Floats]
    calibration: str
    bands: tuple[float, ...]

    def valid(self, prediction: float) -> bool:
        """Tell whether this can be predicted.

        >>> CHANCE.valid(1.5), AMOUNT.valid(1.5)
        (False, True)
        """
        return 0.0 <= prediction <= (1.0 if self.kind == "chance" else 1e12)

    def off(self, figures: Mapping[str, float | None]) -> float:
        """Return how far a model is off in calibration; 0 where that cannot be told.

        >>> AMOUNT.off({"bias": -0.25})
        0.25
        """
        return abs(figures[self.calibration] or 0.0)


CHANCE = Objective(
    "chance",
    "auc",
    ChanceHistogram,
    metrics.evaluate,
    metrics.evaluate([], []),
    ChanceLosses,
    scoring.log_loss,
    "ece",
    (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
)
AMOUNT = Objective(
    "amount",
    "gini",
    AmountHistogram,
    amount_metrics.evaluate,
    amount_metrics.evaluate([], []),
    AmountLosses,
    scoring.deviance,
    "bias",
    (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0),
)
