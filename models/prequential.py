"""Prequential evaluation: every prediction is judged by its own label, when that comes.

Three views of each recipe: since the beginning, over the newest labels, and by the model versions
that predicted. The first and the last count labels by binned log-odds, so memory does not grow
with the labels; figures are worked out when asked for, not at every label.
"""

from array import array

import msgspec
import numpy as np

from models.calibrate import log_odds
from models.logistic import MAX_LOG_ODDS, sigmoid
from models.metrics import BinaryMetrics, Grouped, evaluate, evaluate_grouped
from models.versions import Ranges

#: Labels in the rolling view.
WINDOW = 2_000

#: Bins of a histogram over the log-odds.
BINS = 512

_WIDTH = 2.0 * MAX_LOG_ODDS / BINS
_CENTRES = np.array([sigmoid((index + 0.5) * _WIDTH - MAX_LOG_ODDS) for index in range(BINS)])


class VersionReport(msgspec.Struct, frozen=True):
    """The figures of a range of versions.

    Attributes:
        first: the oldest version in the range.
        last: the newest.
        metrics: the figures of what they predicted (to the width of a bin).
    """

    first: str
    last: str
    metrics: BinaryMetrics


class RecipeReport(msgspec.Struct, frozen=True):
    """The figures of one recipe.

    Attributes:
        recipe: its name.
        cumulative: over all labels (to the width of a bin).
        rolling: over the newest ``WINDOW`` labels (exact).
        versions: by model version, oldest first.
    """

    recipe: str
    cumulative: BinaryMetrics
    rolling: BinaryMetrics
    versions: list[VersionReport]


class Histogram:
    """Labels counted by the log-odds that were predicted.

    Attributes:
        counts: how many, by bin and label.
    """

    def __init__(self) -> None:
        self.counts: dict[tuple[int, bool], int] = {}

    def add(self, prediction: float, label: float) -> None:
        """Count a label."""
        index = min(BINS - 1, int((log_odds(prediction) + MAX_LOG_ODDS) / _WIDTH))
        key = (index, bool(label))
        self.counts[key] = self.counts.get(key, 0) + 1

    def merge(self, other: "Histogram") -> None:
        """Add another one's counts."""
        for key, count in other.counts.items():
            self.counts[key] = self.counts.get(key, 0) + count

    def metrics(self) -> BinaryMetrics:
        """Return the figures, as if every prediction were its bin's middle."""
        both = sorted({index for index, _ in self.counts})
        positives = np.array([self.counts.get((index, True), 0) for index in both], dtype=float)
        negatives = np.array([self.counts.get((index, False), 0) for index in both], dtype=float)
        return evaluate_grouped(Grouped(_CENTRES[both], positives, positives + negatives))


class Window:
    """The newest labels and their predictions, exactly."""

    def __init__(self) -> None:
        self._predictions = array("d")
        self._labels = array("d")
        self._next = 0

    def add(self, prediction: float, label: float) -> None:
        """Put a label in the place of the oldest."""
        if len(self._labels) < WINDOW:
            self._predictions.append(prediction)
            self._labels.append(label)
            return
        self._predictions[self._next] = prediction
        self._labels[self._next] = label
        self._next = (self._next + 1) % WINDOW

    def metrics(self) -> BinaryMetrics:
        """Return the figures."""
        return evaluate(self._predictions, self._labels)


class Prequential:
    """Judges every recipe's predictions.

    Args:
        recipes: their names, the champion first.

    Attributes:
        labels: how many labels have come.
    """

    def __init__(self, recipes: tuple[str, ...]) -> None:
        self.labels = 0
        self._cumulative = {recipe: Histogram() for recipe in recipes}
        self._rolling = {recipe: Window() for recipe in recipes}
        self._versions: Ranges[Histogram] = Ranges(Histogram)

    def update(self, predictions: dict[str, float], label: float, version: str) -> None:
        """Judge what one version predicted of one example; unknown recipes are left out."""
        self.labels += 1
        for recipe, histogram in self._cumulative.items():
            prediction = predictions.get(recipe)
            if prediction is not None:
                histogram.add(prediction, label)
                self._rolling[recipe].add(prediction, label)
                self._versions.at(recipe, version).add(prediction, label)

    def report(self) -> list[RecipeReport]:
        """Return the figures of every recipe, the champion first."""
        return [
            RecipeReport(
                recipe,
                histogram.metrics(),
                self._rolling[recipe].metrics(),
                [
                    VersionReport(first, last, part.metrics())
                    for first, last, part in self._versions.of(recipe)
                ],
            )
            for recipe, histogram in self._cumulative.items()
        ]
