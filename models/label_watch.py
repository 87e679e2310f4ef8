"""Watches predictions meet their labels: concept drift, and drift of the labels themselves."""

from typing import Any, NamedTuple

from models.alarms import Kind
from models.domain import Domain
from models.drift_report import SignalReport
from models.effects import Example
from models.losses import Said
from models.plan import DAY_MS
from models.shift import Shift, ShiftDetector
from models.turns import is_turn_of_label

#: Of the base rate, which falls by itself: who is inclined to leave leaves first.
_DELTA = 0.0002

#: A base rate has shifted when it has moved by this share of itself.
_LEAST_RATE = 0.4


class Found(NamedTuple):
    """A shift of a signal.

    Attributes:
        kind: of drift.
        signal: what moved.
        direction: as in ``Alarm``.
        shift: from where to where.
    """

    kind: Kind
    signal: str
    direction: Any
    shift: Shift


class LabelWatch:
    """Watches how wrong a domain's champion is (``models.losses``), and the base rate.

    Nothing is looked for in the first ``Domain.settling``: a model that learns gets better, and
    that is no drift.

    Args:
        domain: whose labels.

    Attributes:
        delay: event time (ms) from a prediction until its label was learnt, mean over the newest
            labels; None before the first.
    """

    def __init__(self, domain: Domain[Any, Any]) -> None:
        self.delay: float | None = None
        self._losses = domain.objective.losses()
        self._detectors: dict[tuple[Kind, str], ShiftDetector] = {
            ("concept", name): ShiftDetector(signal.delta, signal.scale)
            for name, signal in self._losses.signals.items()
        }
        self._detectors["label", "base_rate"] = ShiftDetector(_DELTA)
        self._worse: set[str] = set()
        self._alarm_at = dict.fromkeys(self._detectors, 0)
        self._first_at = 0
        self._rate, self._rates = 0.0, 0

    def update(self, domain: Domain[Any, Any], example: Example, clock: int) -> list[Found]:
        """Take in a label that the champion's prediction meets now; return what has shifted.

        Args:
            domain: the same as ever.
            example: with its label.
            clock: event time at which it is learnt, ms.
        """
        waited = float(clock - example.at)
        self.delay = waited if self.delay is None else self.delay + (waited - self.delay) / 200.0
        if not is_turn_of_label(domain, example.user_id, example.at, example.age):
            return []
        prediction = next(iter(example.predictions.values()))
        said = Said(prediction, example.label or 0.0, example.chance, example.known)
        self._first_at = self._first_at or example.at
        settled = example.due >= self._first_at + domain.settling
        judged = self._losses.judge(said) if settled else {}
        self._losses.learn(said)
        if not judged:
            return []
        came = float(said.label > 0.0)
        self._rates += 1
        self._rate += (came - self._rate) / min(self._rates, 1000)
        least = self._losses.least() | {"base_rate": _LEAST_RATE * self._rate}
        judged["base_rate"] = came
        found = []
        for (kind, signal), detector in self._detectors.items():
            if signal not in judged:
                continue
            detector.update(judged[signal], example.at // DAY_MS)
            shift = detector.shift(least[signal])
            if shift is not None and self._is_news(signal, direction := _direction(signal, shift)):
                found.append(Found(kind, signal, direction, shift))
        return found

    def _is_news(self, signal: str, direction: str) -> bool:
        """Tell whether a shift is worth telling: that a model gets better is, after it got worse.

        Models that learn get better all the time.
        """
        if direction == "degraded":
            self._worse.add(signal)
        elif direction == "improved":
            if signal not in self._worse:
                return False
            self._worse.discard(signal)
        return True

    def told(self, found: Found, at: int) -> None:
        """Note that an alarm was given at ``at`` (ms)."""
        self._alarm_at[found.kind, found.signal] = at

    def report(self) -> list[SignalReport]:
        """Return what there is to say of every signal."""
        return [
            SignalReport(kind, signal, d.mean, d.window, d.detections, self._alarm_at[kind, signal])
            for (kind, signal), d in self._detectors.items()
        ]


def _direction(signal: str, shift: Shift) -> str:
    before, after = shift.before, shift.after
    if signal == "base_rate":
        return "up" if after > before else "down"
    if signal == "calibration":  # off by as much is as bad, whichever way
        before, after = abs(before), abs(after)
    return "degraded" if after > before else "improved"
