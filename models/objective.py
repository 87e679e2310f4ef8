"""What a domain predicts: a chance or an amount, and how such predictions are judged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from models import amount_metrics, metrics
from models.amount_metrics import AmountMetrics
from models.histograms import AmountHistogram, ChanceHistogram
from models.metrics import BinaryMetrics

Figures = BinaryMetrics | AmountMetrics


class Histogram(Protocol):
    """Counts labels in bounded memory."""

    def add(self, prediction: float, label: float) -> None:
        """Count a label."""

    def merge(self, other: Self) -> None:
        """Add another one's counts."""

    def metrics(self) -> Figures:
        """Return the figures, to the width of a bin."""


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
    """

    kind: Literal["chance", "amount"]
    headline: str
    histogram: Callable[[], Histogram]
    evaluate: Callable[[Sequence[float], Sequence[float]], Figures]
    no_figures: Figures

    def valid(self, prediction: float) -> bool:
        """Tell whether this can be predicted.

        >>> CHANCE.valid(1.5), AMOUNT.valid(1.5)
        (False, True)
        """
        return 0.0 <= prediction <= (1.0 if self.kind == "chance" else 1e12)


CHANCE = Objective("chance", "auc", ChanceHistogram, metrics.evaluate, metrics.evaluate([], []))
AMOUNT = Objective(
    "amount",
    "gini",
    AmountHistogram,
    amount_metrics.evaluate,
    amount_metrics.evaluate([], []),
)
