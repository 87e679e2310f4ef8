"""The plain way, to compare with: ADWIN on the loss of every label, and nothing more."""

from math import log
from typing import Any

from river.drift import ADWIN

from models.domain import Domain
from models.effects import Example
from models.maturity import Maturing
from models.metrics import EPSILON
from models.turns import is_turn_of_label

#: Names of the ways, and whether each takes all labels or those whose turn it is.
WAYS = {"every label": True, "one of a user's": False}

#: The clipped log loss, in units of this; and amounts beyond so many count as that.
_MOST, _CUT = 4.0, 20.0


class Plain:
    """ADWIN, as River has it, on clipped log loss or absolute error, with no more around it.

    Attributes:
        found: event time (ms) of every detection, by way.
    """

    def __init__(self, domain: Domain[Any, Any]) -> None:
        adwin: Any = ADWIN  # River's parts are not typed
        self.found: dict[str, list[int]] = {way: [] for way in WAYS}
        self._domain, self._maturing = domain, Maturing()
        self._detectors = {way: adwin() for way in WAYS}
        self._first_at = 0

    def add(self, example: Example) -> None:
        """Take in what the learner takes in; judge it when the learner does."""
        for ripe in self._maturing.add(example):
            if ripe.label is not None:
                self._judge(ripe, ripe.label)

    def _judge(self, example: Example, label: float) -> None:
        self._first_at = self._first_at or example.at
        if example.due < self._first_at + self._domain.settling:
            return
        loss = self._loss(next(iter(example.predictions.values())), label)
        turn = is_turn_of_label(self._domain, example.user_id, example.at, example.age)
        for way, takes_all in WAYS.items():
            if takes_all or turn:
                self._detectors[way].update(loss)
                if self._detectors[way].drift_detected:
                    self.found[way].append(example.due)

    def _loss(self, prediction: float, label: float) -> float:
        if self._domain.objective.kind == "amount":
            return min(abs(prediction - label), _CUT) / _CUT
        p = max(EPSILON, min(1.0 - EPSILON, prediction))
        return min(-log(p if label else 1.0 - p), _MOST) / _MOST
