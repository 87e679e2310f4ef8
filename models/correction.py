"""Calibration of expected amounts: how many times what was said came in truth, learnt online."""

from math import log2

#: A correction has so many knots, a power of two apart; each begins with so many made-up examples
#: that were right, if not said otherwise; what it saw fades by the factor with each further one.
_KNOTS, _RIGHT, _FADING = 9, 100.0, 0.9995


class Correction:
    """How many times what was said came in truth, by how much was said.

    A linear model says too much of those who have left for good, and too little of the keenest. So
    factors are learnt at knots, powers of two of the average, and are interpolated between them.

    Args:
        right: each knot begins with so many made-up examples that were right.
    """

    _right = _RIGHT  # of those that were stored before it could be chosen

    def __init__(self, right: float = _RIGHT) -> None:
        self._right = right
        self._count = self._total = 0.0
        self._knots = [(0.0, 0.0, 0.0)] * _KNOTS  # count, said, came
        self._factors = [1.0] * _KNOTS
        self._usual = 1.0

    def add(self, said: float, came: float) -> None:
        """Take in what was said of an example, and what came."""
        self._count = self._count * _FADING + 1.0
        self._total = self._total * _FADING + said
        self._usual = max(self._total / self._count, 1e-12)
        low, share = self._place(said)
        for knot, weight in ((low, 1.0 - share), (low + 1, share)):
            fading = _FADING**weight
            count, said_there, came_there = (value * fading for value in self._knots[knot])
            count, said_there = count + weight, said_there + weight * said
            came_there += weight * came
            self._knots[knot] = (count, said_there, came_there)
            if said_there > 0.0:
                right = self._right * said_there / count
                self._factors[knot] = (came_there + right) / (said_there + right)

    def factor(self, said: float) -> float:
        """Return what to multiply with."""
        low, share = self._place(said)
        return self._factors[low] * (1.0 - share) + self._factors[low + 1] * share

    def _place(self, said: float) -> tuple[int, float]:
        """Return the knot below, and how far it is from there to the next."""
        at = log2(max(said, 1e-12) / self._usual) + _KNOTS // 2
        at = min(max(at, 0.0), _KNOTS - 1.0)
        low = min(int(at), _KNOTS - 2)
        return low, at - low
