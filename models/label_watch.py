"""Watches predictions meet their labels: concept drift, and drift of the labels themselves."""

from typing import Any, NamedTuple

from models.alarms import Kind
from models.domain import Domain
from models.drift_report import SignalReport
from models.effects import Example
from models.losses import AmountLosses, ChanceLosses, Losses
from models.plan import DAY_MS
from models.shift import Shift, ShiftDetector
from models.turns import is_turn

#: ADWIN's delta. Labels drift by themselves, since those who leave early are those who leave.
_DELTA, _LABEL_DELTA = 0.01, 0.0002

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
    """Watches loss, calibration and base rate of a domain's champion.

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
        self._losses: Losses = (
            ChanceLosses() if domain.objective.kind == "chance" else AmountLosses()
        )
        scales = self._losses.scales
        self._detectors: dict[tuple[Kind, str], ShiftDetector] = {
            ("concept", "loss"): ShiftDetector(_DELTA, scales.loss),
            ("concept", "calibration"): ShiftDetector(_DELTA, scales.calibration),
            ("label", "base_rate"): ShiftDetector(_LABEL_DELTA),
        }
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
        if not is_turn(domain, example.user_id, example.at, example.age):
            return []
        label, prediction = example.label or 0.0, next(iter(example.predictions.values()))
        self._first_at = self._first_at or example.at
        settled = example.due >= self._first_at + domain.settling
        judged = self._losses.judge(prediction, label) if settled else None
        self._losses.learn(label)
        if judged is None:
            return []
        came = float(label > 0.0)
        self._rates += 1
        self._rate += (came - self._rate) / min(self._rates, 1000)
        least = self._losses.least()
        day = example.at // DAY_MS
        found = []
        values = (judged.loss, judged.calibration, came)
        enough = (least.loss, least.calibration, _LEAST_RATE * self._rate)
        for name, value, least_shift in zip(self._detectors, values, enough, strict=True):
            detector = self._detectors[name]
            detector.update(value, day)
            shift = detector.shift(least_shift)
            if shift is not None:
                found.append(Found(*name, _direction(name[1], shift), shift))
        return found

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
