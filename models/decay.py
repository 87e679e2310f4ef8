"""Decayed counters: how much of something happened lately, over several time scales.

Forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward decay: a practical time decay model
for streaming systems", ICDE 2009): an event at ``t`` adds ``exp((t - L) / tau)`` and a reading at
``now`` divides by ``exp((now - L) / tau)``. Nothing is touched between events, events may come in
any order, and one exponential serves all counters of a scale.
"""

from collections.abc import Sequence
from math import exp

import msgspec

DAY = 86_400_000.0

#: A landmark moves up when an exponent passes this, long before exp() overflows at 709.
_MAX_EXPONENT = 60.0


class Decayed(msgspec.Struct, array_like=True):
    """Decayed sums of kinds of events, over several time scales.

    Attributes:
        landmarks: L of each scale, in ms.
        sums: one list a scale; a scale counts the first so many kinds.
    """

    landmarks: list[float]
    sums: list[list[float]]

    @classmethod
    def empty(cls, at: int, widths: Sequence[int]) -> "Decayed":
        """Return zero counters whose landmarks are ``at``; ``widths`` says how many a scale."""
        return cls([float(at)] * len(widths), [[0.0] * width for width in widths])

    def add(self, taus: tuple[float, ...], ts: int, kind: int, amount: float = 1.0) -> None:
        """Count ``amount`` of ``kind`` at ``ts`` (ms); ``taus`` are the scales in ms."""
        landmarks = self.landmarks
        for scale, sums in enumerate(self.sums):
            if kind >= len(sums):
                continue
            exponent = (ts - landmarks[scale]) / taus[scale]
            if exponent > _MAX_EXPONENT:
                self._move_landmark(taus[scale], scale, ts)
                exponent = 0.0
            sums[kind] += amount * exp(exponent)

    def factor(self, taus: tuple[float, ...], scale: int, now: int) -> float:
        """Return what a sum of this scale is multiplied with to read it at ``now``."""
        return exp(max(-700.0, (self.landmarks[scale] - now) / taus[scale]))

    def _move_landmark(self, tau: float, scale: int, ts: int) -> None:
        shrink = exp(max(-700.0, (self.landmarks[scale] - ts) / tau))
        self.sums[scale][:] = [value * shrink for value in self.sums[scale]]
        self.landmarks[scale] = float(ts)
