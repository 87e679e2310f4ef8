"""How wrong a prediction was, made so that its mean stays the same while the model is right.

The log loss of a rare outcome mostly says how frequent it is, and an error of money who pays: both
move when the population does, though the model is as right as before. What is watched here moves
when predictions and outcomes no longer belong together. ``docs/drift.md`` compares.

The signals by name: ``loss``, how wrong predictions are; ``calibration``, predicted minus came; of
amounts also ``chance``, how wrong the chance was that anything comes.
"""

from math import sqrt
from typing import ClassVar, NamedTuple, Protocol

from models.calibrate import log_odds

#: A chance is taken to be no nearer to 0 or 1 than this: one surprise must not be all.
_EDGE = 0.01

#: How far log-odds from the base rate's may count; and how many labels are remembered.
_CLIP, _MEMORY = 2.0, 1000

#: Amounts above so many times the usual one count as that: the largest would drown all others.
_CUT = 5.0


class Signal(NamedTuple):
    """How a signal is watched.

    Attributes:
        delta: of its ``ShiftDetector``.
        scale: of its ``ShiftDetector``.
    """

    delta: float
    scale: float


class Said(NamedTuple):
    """What the champion had said of a user, and what came of it.

    Attributes:
        prediction: the chance, or the whole amount.
        label: what came.
        chance: of an amount: that more comes than was known; None where it was not told.
        known: of an amount: what was known.
    """

    prediction: float
    label: float
    chance: float | None = None
    known: float = 0.0


class Losses(Protocol):
    """Judges the labels of one domain, in order."""

    @property
    def signals(self) -> dict[str, Signal]:
        """What is judged."""

    def judge(self, said: Said) -> dict[str, float]:
        """Return how wrong a prediction was, by signal; none while too little is known."""

    def learn(self, said: Said) -> None:
        """Take in what is usual."""

    def least(self) -> dict[str, float]:
        """Return how large a shift must be to matter, by signal."""


class ChanceLosses:
    """Of chances.

    The loss is the log loss minus that of the base rate, and minus what the chance itself let
    expect of that difference, which leaves ``(p - y) * (log-odds of p - log-odds of the base
    rate)``; divided by the outcome's standard deviation, ``sqrt(p * (1 - p))``, so that the few
    high chances do not speak for all. Its mean is 0 for as long as the chances are right, however
    frequent the outcome is, and rises when the model no longer tells users apart as it claims.
    """

    signals: ClassVar[dict[str, Signal]] = {
        "loss": Signal(0.01, 0.5),
        "calibration": Signal(0.002, 2.0),
    }

    def __init__(self) -> None:
        self._base, self._count = 0.0, 0

    def judge(self, said: Said) -> dict[str, float]:
        """Return how wrong a chance was."""
        if not 0.0 < self._base < 1.0:
            return {}
        p = _inside(said.prediction)
        apart = log_odds(p) - log_odds(_inside(self._base))
        surprise = (p - said.label) / sqrt(p * (1.0 - p))
        return {
            "loss": surprise * max(-_CLIP, min(_CLIP, apart)),
            "calibration": said.prediction - said.label,
        }

    def learn(self, said: Said) -> None:
        """Let the base rate follow, slowly."""
        self._count += 1
        self._base += (float(said.label > 0.0) - self._base) / min(self._count, _MEMORY)

    def least(self) -> dict[str, float]:
        """Return a twentieth of a standard deviation, and a fifth of the base rate."""
        return {"loss": 0.05, "calibration": 0.2 * self._base}


class AmountLosses:
    """Of amounts.

    The loss is the absolute error, cut at some times the usual amount and in units of that cut,
    beyond what is usual for a prediction of that size: who is expected to pay more is mistaken by
    more. Calibration is what usually comes of such a prediction, likewise cut, minus what came. The
    cut and what is usual stay as they were when the first label was judged.

    That a few pay as much as many did moves no sum. So the chance that anything comes is watched as
    other chances are.
    """

    signals: ClassVar[dict[str, Signal]] = {
        "loss": Signal(0.002, 3.0),
        "calibration": Signal(0.002, 3.0),
        "chance": Signal(0.002, 0.5),
    }

    def __init__(self) -> None:
        self._chances = ChanceLosses()
        self._total, self._count = 0.0, 0
        self._cut, self._usual_error, self._usual_share = 0.0, 0.0, 0.0
        self._sums = [0.0, 0.0, 0.0]
        self._judged = 0
        self._newest: list[Said] = []

    def judge(self, said: Said) -> dict[str, float]:
        """Return how wrong an expected amount was."""
        if not self._total:
            return {}
        if not self._cut:
            self._settle()
        error, predicted, came = self._cut_down(said)
        self._judged += 1
        share = 1.0 / min(self._judged, _MEMORY)
        usual = zip(self._sums, (error, predicted, came), strict=True)
        self._sums = [mean + (value - mean) * share for mean, value in usual]
        found = {
            "loss": error - self._usual_error * predicted,
            "calibration": self._usual_share * predicted - came,
        }
        chance = self._chances.judge(_of_chance(said)) if said.chance is not None else {}
        return found | ({"chance": chance["loss"]} if chance else {})

    def learn(self, said: Said) -> None:
        """Take in an amount."""
        self._total += said.label
        self._count += 1
        if not self._cut:
            self._newest = [*self._newest[1 - _MEMORY :], said]
        if said.chance is not None:
            self._chances.learn(_of_chance(said))

    def least(self) -> dict[str, float]:
        """Return a tenth of the usual error, a fifth of what usually comes, and of a deviation."""
        return {"loss": 0.1 * self._sums[0], "calibration": 0.2 * self._sums[2], "chance": 0.05}

    def _settle(self) -> None:
        self._cut = _CUT * self._total / self._count
        cut = [self._cut_down(said) for said in self._newest]
        error, predicted, came = (sum(column) for column in zip(*cut, strict=True))
        if predicted:
            self._usual_error, self._usual_share = error / predicted, came / predicted
        self._newest = []

    def _cut_down(self, said: Said) -> tuple[float, float, float]:
        """Return error, prediction and label, in units of the cut."""
        values = abs(said.prediction - said.label), said.prediction, said.label
        error, predicted, came = (min(value, self._cut) / self._cut for value in values)
        return error, predicted, came


def _of_chance(said: Said) -> Said:
    return Said(said.chance or 0.0, float(said.label > said.known))


def _inside(chance: float) -> float:
    return max(_EDGE, min(1.0 - _EDGE, chance))
