"""Prequential evaluation: every prediction is judged by its own label, when that comes.

Three views of each model, at each age at which its domain takes snapshots: since the beginning,
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


class ModelReport(msgspec.Struct, frozen=True):
    """The figures of one model, at one age.

    Attributes:
        model: its name.
        age: which of the domain's ages; empty where it has but one.
        cumulative: over all labels (to the width of a bin).
        rolling: over the newest ``WINDOW`` labels (exact).
        curves: of the same labels.
        versions: by model version, oldest first.
    """

    model: str
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
    """Judges every model's predictions.

    Args:
        models: their names, the champion first.
        objective: what is predicted.
        ages: names of the ages that are told apart.

    Attributes:
        labels: how many labels have come.
    """

    def __init__(
        self, models: tuple[str, ...], objective: Objective, ages: tuple[str, ...] = ("",)
    ) -> None:
        self.labels = 0
        self._objective, self._ages = objective, ages
        self._cumulative: dict[tuple[str, int], Histogram] = {}
        self._rolling: dict[tuple[str, int], Window] = {}
        self._versions: Ranges[Histogram] = Ranges(objective.histogram)
        self.follow(models)

    def follow(self, models: tuple[str, ...]) -> None:
        """Judge these models from now on, told in this order; forget the others."""
        known, rolling = self._cumulative, self._rolling
        keys = list(product(models, range(len(self._ages))))
        for key in set(known) - set(keys):
            self._versions.forget(key)
        self._cumulative = {key: known.get(key) or self._objective.histogram() for key in keys}
        self._rolling = {key: rolling.get(key) or Window() for key in keys}

    def update(
        self, predictions: dict[str, float], label: float, version: str, age: int = 0
    ) -> None:
        """Judge what one version predicted of one example; unknown models are left out."""
        self.labels += 1
        for model, prediction in predictions.items():
            histogram = self._cumulative.get((model, age))
            if histogram is not None:
                histogram.add(prediction, label)
                self._rolling[model, age].add(prediction, label)
                self._versions.at((model, age), version).add(prediction, label)

    def histogram(self, model: str, age: int) -> Histogram:
        """Return what has come of all predictions of a model at an age."""
        return self._cumulative[model, age]

    def report(self) -> list[ModelReport]:
        """Return the figures of every model and age, the champion first."""
        return [
            ModelReport(
                model,
                self._ages[age],
                histogram.metrics() if window.labels else self._objective.no_figures,
                self._objective.evaluate(window.predictions, window.labels),
                curves(window.predictions, window.labels, chance=self._objective.kind == "chance"),
                [
                    VersionReport(first, last, part.metrics())
                    for first, last, part in self._versions.of((model, age))
                ],
            )
            for ((model, age), histogram), window in zip(
                self._cumulative.items(), self._rolling.values(), strict=True
            )
        ]
