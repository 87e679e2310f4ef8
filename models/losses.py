"""How wrong a prediction was, made so that its mean stays the same while the model is right.

The log loss of a rare outcome mostly says how frequent it is, and an error of money who pays: both
move when the population does, though the model is as right as before. What is watched here moves
when predictions and outcomes no longer belong together. ``docs/drift.md`` compares.
"""

from math import sqrt
from typing import NamedTuple, Protocol

from models.calibrate import log_odds

#: A chance is taken to be no nearer to 0 or 1 than this: one surprise must not be all.
_EDGE = 0.01

#: How far log-odds from the base rate's may count; and how many labels are remembered.
_CLIP, _MEMORY = 2.0, 1000

#: Amounts above so many times the usual one count as that: the largest would drown all others.
_CAP = 5.0


class Judged(NamedTuple):
    """A label against its prediction, or a number for each of the two.

    Attributes:
        loss: how wrong it was.
        calibration: predicted minus came.
    """

    loss: float
    calibration: float


class Losses(Protocol):
    """Judges the labels of one domain, in order."""

    @property
    def scales(self) -> Judged:
        """For each signal's ``ShiftDetector``."""

    def judge(self, prediction: float, label: float) -> Judged | None:
        """Return how wrong a prediction was; None while too little is known to say."""

    def learn(self, label: float) -> None:
        """Take in what is usual."""

    def least(self) -> Judged:
        """Return how large a shift of each must be to matter."""


class ChanceLosses:
    """Of chances.

    The loss is the log loss minus that of the base rate, and minus what the chance itself let
    expect of that difference, which leaves ``(p - y) * (log-odds of p - log-odds of the base
    rate)``; divided by the outcome's standard deviation, ``sqrt(p * (1 - p))``, so that the few
    high chances do not speak for all. Its mean is 0 for as long as the chances are right, however
    frequent the outcome is, and rises when the model no longer tells users apart as it claims.
    """

    scales = Judged(0.5, 2.0)

    def __init__(self) -> None:
        self._base, self._count = 0.0, 0

    def judge(self, prediction: float, label: float) -> Judged | None:
        """Return how wrong a chance was."""
        if not 0.0 < self._base < 1.0:
            return None
        p = _inside(prediction)
        apart = log_odds(p) - log_odds(_inside(self._base))
        surprise = (p - label) / sqrt(p * (1.0 - p))
        return Judged(surprise * max(-_CLIP, min(_CLIP, apart)), prediction - label)

    def learn(self, label: float) -> None:
        """Let the base rate follow, slowly."""
        self._count += 1
        self._base += (float(label > 0.0) - self._base) / min(self._count, _MEMORY)

    def least(self) -> Judged:
        """Return a twentieth of a standard deviation, and a fifth of the base rate."""
        return Judged(0.05, 0.2 * self._base)


class AmountLosses:
    """Of amounts: absolute error, and error with its sign, cut at some times the usual amount.

    Both in units of that cut, which stays as it was when the first label was judged.
    """

    scales = Judged(3.0, 3.0)

    def __init__(self) -> None:
        self._total, self._count = 0.0, 0
        self._cap, self._judged = 0.0, 0
        self._error = self._came = 0.0

    def judge(self, prediction: float, label: float) -> Judged | None:
        """Return how wrong an expected amount was."""
        if not self._total:
            return None
        cap = self._cap = self._cap or _CAP * self._total / self._count
        error = min(abs(prediction - label), cap) / cap
        came = min(label, cap) / cap
        self._judged += 1
        share = 1.0 / min(self._judged, _MEMORY)
        self._error += (error - self._error) * share
        self._came += (came - self._came) * share
        return Judged(error, min(prediction, cap) / cap - came)

    def learn(self, label: float) -> None:
        """Take in an amount."""
        self._total += label
        self._count += 1

    def least(self) -> Judged:
        """Return a tenth of the usual error, and a fifth of what usually comes."""
        return Judged(0.1 * self._error, 0.2 * self._came)


def _inside(chance: float) -> float:
    return max(_EDGE, min(1.0 - _EDGE, chance))
