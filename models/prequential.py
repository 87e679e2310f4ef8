"""Prequential evaluation: every prediction is judged by its own label, when that comes.

Three views: since the beginning, over the newest labels, and by the model version that predicted.
The first and the last keep histograms of log-odds, so memory does not grow with the labels; the
figures are worked out when asked for, not at every label.
"""

from array import array

import msgspec
import numpy as np

from models.calibrate import MAX_LOG_ODDS, log_odds
from models.logistic import sigmoid
from models.metrics import BinaryMetrics, evaluate

#: Labels in the rolling view.
WINDOW = 2_000

#: Bins of a histogram over the log-odds.
BINS = 512

#: Versions told apart; beyond that, the two neighbours with the fewest labels become one.
VERSIONS = 16

_CENTRES = [
    sigmoid((index + 0.5) / BINS * 2.0 * MAX_LOG_ODDS - MAX_LOG_ODDS) for index in range(BINS)
]


class VersionReport(msgspec.Struct, frozen=True):
    """The figures of a range of versions.

    Attributes:
        first: the oldest version in the range.
        last: the newest.
        metrics: the figures of what they predicted.
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


class _Histogram:
    """Labels counted by the log-odds that were predicted."""

    __slots__ = ("negatives", "positives")

    def __init__(self) -> None:
        self.negatives = [0] * BINS
        self.positives = [0] * BINS

    def add(self, index: int, label: float) -> None:
        (self.positives if label else self.negatives)[index] += 1

    def metrics(self) -> BinaryMetrics:
        predictions = np.repeat(_CENTRES * 2, self.negatives + self.positives)
        labels = np.repeat([0.0, 1.0], [sum(self.negatives), sum(self.positives)])
        return evaluate(predictions, labels)


class _Window:
    """The newest labels and their predictions."""

    __slots__ = ("labels", "next", "predictions")

    def __init__(self) -> None:
        self.predictions = array("d")
        self.labels = array("d")
        self.next = 0

    def add(self, prediction: float, label: float) -> None:
        if len(self.labels) < WINDOW:
            self.predictions.append(prediction)
            self.labels.append(label)
            return
        self.predictions[self.next] = prediction
        self.labels[self.next] = label
        self.next = (self.next + 1) % WINDOW

    def metrics(self) -> BinaryMetrics:
        return evaluate(self.predictions, self.labels)


class _Track:
    """One recipe's record."""

    __slots__ = ("cumulative", "versions", "window")

    def __init__(self) -> None:
        self.cumulative = _Histogram()
        self.window = _Window()
        self.versions: dict[str, _Histogram] = {}


class Prequential:
    """Judges every recipe's predictions.

    Args:
        recipes: their names, the champion first.
    """

    def __init__(self, recipes: tuple[str, ...]) -> None:
        self.labels = 0
        self._tracks = {recipe: _Track() for recipe in recipes}

    def update(self, predictions: dict[str, float], label: float, version: str) -> None:
        """Judge the predictions that one version made of one example."""
        self.labels += 1
        for recipe, prediction in predictions.items():
            track = self._tracks.get(recipe)
            if track is None:
                continue
            place = (log_odds(prediction) + MAX_LOG_ODDS) * (BINS / (2.0 * MAX_LOG_ODDS))
            track.cumulative.add(min(BINS - 1, int(place)), label)
            track.window.add(prediction, label)

    def report(self) -> list[RecipeReport]:
        """Return the figures of every recipe, the champion first."""
        return [
            RecipeReport(recipe, track.cumulative.metrics(), track.window.metrics(), [])
            for recipe, track in self._tracks.items()
        ]
