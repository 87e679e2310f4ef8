"""Prequential evaluation: every prediction is judged by its own label, when that comes.

Three views of each recipe, at each age at which its domain takes snapshots: since the beginning,
over the newest labels, and by the model versions that predicted. The first and the last count
labels in bins, so memory does not grow with the labels; figures are worked out when asked for, not
at every label.
"""

from array import array
from itertools import product

import msgspec

from models.curves import Curves, curves
from models.objective import Figures, Histogram, Objective
from models.versions import Ranges

#: Labels in the rolling view.
WINDOW = 2_000


class VersionReport(msgspec.Struct, frozen=True):
    """The figures of a range of versions.

    Attributes:
        first: the oldest version in the range.
        last: the newest.
        metrics: the figures of what they predicted (to the width of a bin).
    """

    first: str
    last: str
    metrics: Figures


class RecipeReport(msgspec.Struct, frozen=True):
    """The figures of one recipe, at one age.

    Attributes:
        recipe: its name.
        age: which of the domain's ages; empty where it has but one.
        cumulative: over all labels (to the width of a bin).
        rolling: over the newest ``WINDOW`` labels (exact).
        curves: of the same labels.
        versions: by model version, oldest first.
    """

    recipe: str
    age: str
    cumulative: Figures
    rolling: Figures
    curves: Curves
    versions: list[VersionReport]


class Window:
    """The newest labels and their predictions, exactly."""

    def __init__(self) -> None:
        self.predictions = array("d")
        self.labels = array("d")
        self._next = 0

    def add(self, prediction: float, label: float) -> None:
        """Put a label in the place of the oldest."""
        if len(self.labels) < WINDOW:
            self.predictions.append(prediction)
            self.labels.append(label)
            return
        self.predictions[self._next] = prediction
        self.labels[self._next] = label
        self._next = (self._next + 1) % WINDOW


class Prequential:
    """Judges every recipe's predictions.

    Args:
        recipes: their names, the champion first.
        objective: what is predicted.
        ages: names of the ages that are told apart.

    Attributes:
        labels: how many labels have come.
    """

    def __init__(
        self, recipes: tuple[str, ...], objective: Objective, ages: tuple[str, ...] = ("",)
    ) -> None:
        self.labels = 0
        self._objective, self._ages = objective, ages
        keys = list(product(recipes, range(len(ages))))
        self._cumulative: dict[tuple[str, int], Histogram] = {
            key: objective.histogram() for key in keys
        }
        self._rolling = {key: Window() for key in keys}
        self._versions: Ranges[Histogram] = Ranges(objective.histogram)

    def update(
        self, predictions: dict[str, float], label: float, version: str, age: int = 0
    ) -> None:
        """Judge what one version predicted of one example; unknown recipes are left out."""
        self.labels += 1
        for recipe, prediction in predictions.items():
            histogram = self._cumulative.get((recipe, age))
            if histogram is not None:
                histogram.add(prediction, label)
                self._rolling[recipe, age].add(prediction, label)
                self._versions.at((recipe, age), version).add(prediction, label)

    def histogram(self, recipe: str, age: int) -> Histogram:
        """Return what has come of all predictions of a recipe at an age."""
        return self._cumulative[recipe, age]

    def report(self) -> list[RecipeReport]:
        """Return the figures of every recipe and age, the champion first."""
        return [
            RecipeReport(
                recipe,
                self._ages[age],
                histogram.metrics() if window.labels else self._objective.no_figures,
                self._objective.evaluate(window.predictions, window.labels),
                curves(window.predictions, window.labels, chance=self._objective.kind == "chance"),
                [
                    VersionReport(first, last, part.metrics())
                    for first, last, part in self._versions.of((recipe, age))
                ],
            )
            for ((recipe, age), histogram), window in zip(
                self._cumulative.items(), self._rolling.values(), strict=True
            )
        ]
