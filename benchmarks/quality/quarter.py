"""Revenue within 90 days: the domain of 7 days with longer windows, to judge it on shop customers.

A benchmark's own, not installed: features stay those of a game's first week.
"""

from functools import partial
from typing import ClassVar

from models.amounts import Columns, HurdleByWindow, Schedule
from models.domains.revenue import DAY_MS, HOUR_MS, TRAITS, Revenue
from models.hurdle import SgdHurdle
from models.recipes import Recipe

#: The first purchase comes a second after the install, so the first snapshot waits a minute.
_AGES = (HOUR_MS // 60, DAY_MS, 14 * DAY_MS, 42 * DAY_MS)
_WINDOWS = (14 * DAY_MS, 42 * DAY_MS, 90 * DAY_MS)

_by_window = partial(
    HurdleByWindow,
    Schedule(tuple(age / HOUR_MS for age in _AGES), tuple(end / HOUR_MS for end in _WINDOWS)),
    Columns("stage", "hours_installed", "payments", TRAITS),
)


class QuarterRevenue(Revenue):
    """What will this customer have paid 90 days after the first purchase?"""

    title = "revenue within 90 days of the first purchase"
    horizon = _WINDOWS[-1]
    dormant_after = 2 * _WINDOWS[-1]  # who is silent for six weeks is a customer all the same
    ages = ("first purchase", "1d", "14d", "42d")
    recipes: ClassVar[tuple[Recipe, ...]] = (
        Recipe("kalman_hurdle", "Bayesian hurdles by window", _by_window),
        Recipe("sgd_hurdle", "SGD hurdles by window", partial(_by_window, SgdHurdle)),
    )

    snapshot_ages: ClassVar[tuple[int, ...]] = _AGES
    window_ends: ClassVar[tuple[int, ...]] = _WINDOWS

    def __init__(self) -> None:
        super().__init__()
        self._bounds = (0, *self._bounds)  # what is paid before the first snapshot is kept too
