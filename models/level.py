"""Calibration that returns to what is expected: slow to believe that the base rate has moved.

Labels come ten days late, and all that are known on a day come from few users. A level that follows
them closely is behind when the base rate moves and swings when it does not; both cost ranking
across days, and calibration. So information fades towards the prior instead of merely fading
(stabilised forgetting: Kulhavy and Zarrop, "On a general concept of forgetting", International
Journal of Control 58, 1993), and the prior itself follows, much slower.
"""

from models.logistic import MAX_LOG_ODDS, newton


class Returning:
    """Calibrated log-odds: ``level + slope * (z - usual)``, all three learnt.

    ``usual`` is a running mean of the classifier's log-odds, so that its own level does not matter.
    A ``models.calibrate.Calibration``.

    Args:
        base: log-odds of the outcome that are expected before anything has been learnt.
        slope_variance: prior variance of the slope around 1.
        level_variance: prior variance of the level around what is expected.
        weight: how much an example counts, in (0, 1]: ten snapshots in a row of a user share an
            outcome.
        forgetting: the share of what was learnt that is left after one more example; the prior
            takes the place of the rest.
        drift: the share by which what is expected moves to the level, with each example.

    Attributes:
        slope: as learnt.
        level: as learnt, the calibrated log-odds of a usual example.
    """

    #: ``usual`` is a mean over so many examples, and begins as if it had seen so many.
    _MEMORY, _BEGUN = 1000.0, 200.0

    def __init__(
        self,
        base: float,
        *,
        slope_variance: float = 0.1,
        level_variance: float = 0.1,
        weight: float = 0.1,
        forgetting: float = 0.999,
        drift: float = 5e-5,
    ) -> None:
        self.slope = 1.0
        self.level = base
        self._usual = self._expected = base
        self._seen = self._BEGUN
        self._weight = weight
        self._forgetting = forgetting
        self._drift = drift
        self._prior = (1.0 / slope_variance, 1.0 / level_variance)
        # the precision matrix: of the slope, of both, of the level
        self._slope_precision, self._level_precision = self._prior
        self._joint = 0.0

    def calibrate(self, z: float) -> float:
        """Return calibrated log-odds."""
        return self.level + self.slope * (z - self._usual)

    def learn(self, z: float, label: float) -> None:
        """Learn from log-odds that were given before the label was learnt."""
        z = max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, z))
        self._seen = min(self._MEMORY, self._seen + 1.0)
        self._usual += (z - self._usual) / self._seen
        self._return()
        lever = z - self._usual
        slope_precision, joint, level_precision = (
            self._slope_precision,
            self._joint,
            self._level_precision,
        )
        size = slope_precision * level_precision - joint * joint
        slope_gain = (level_precision * lever - joint) / size
        level_gain = (slope_precision - joint * lever) / size
        spread = max(0.0, slope_gain * lever + level_gain) * self._weight
        residual, curvature = newton(self.calibrate(z), spread, label)
        self.slope += slope_gain * residual * self._weight
        self.level += level_gain * residual * self._weight
        known = self._weight * curvature
        self._slope_precision += known * lever * lever
        self._joint += known * lever
        self._level_precision += known
        self._expected += self._drift * (self.level - self._expected)

    def _return(self) -> None:
        """Mix what is believed with the prior, by their precisions."""
        kept, slope, level = self._forgetting, self.slope - 1.0, self.level - self._expected
        about_slope = kept * (self._slope_precision * slope + self._joint * level)
        about_level = kept * (self._joint * slope + self._level_precision * level)
        self._slope_precision = kept * self._slope_precision + (1.0 - kept) * self._prior[0]
        self._level_precision = kept * self._level_precision + (1.0 - kept) * self._prior[1]
        self._joint *= kept
        size = self._slope_precision * self._level_precision - self._joint * self._joint
        slope = (self._level_precision * about_slope - self._joint * about_level) / size
        level = (self._slope_precision * about_level - self._joint * about_slope) / size
        self.slope = 1.0 + slope
        self.level = self._expected + level
