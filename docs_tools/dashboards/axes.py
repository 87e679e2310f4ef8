"""Axes: where a value stands, and which values are named."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from docs_tools.dashboards.answers import Window
from docs_tools.dashboards.colours import FAINT, GRID
from docs_tools.dashboards.svg import tag, text, width_of
from docs_tools.dashboards.units import written

SIZE = 11
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_TIMES = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800)


@dataclass(frozen=True)
class Scale:
    """Values along a line of px.

    Attributes:
        low: value at the beginning.
        high: value at the end.
        begin: px.
        end: px; may be before the beginning.
    """

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the px of a value."""
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)


def spread(low: float, high: float, least: float | None, most: float | None) -> tuple[float, float]:
    """Return from where to where an axis goes that has these values and ends."""
    if high - low <= 1e-6 * max(abs(low), abs(high), 1e-3):  # the same, but for rounding
        low = high
    room = (high - low) * 0.08 or abs(high) * 0.2 or 1.0
    begin = low - room if least is None else min(least, low)
    if least is None and low >= 0 > begin:
        begin = 0.0
    end = high + room if most is None else max(most, high)
    return begin, end if end > begin else begin + 1.0


def nice(low: float, high: float, most: int, unit: str = "none") -> list[float]:
    """Return round values within a span, no more than so many; seconds by minutes, hours, days.

    >>> nice(0, 0.9, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8]
    """
    size = 10 ** math.floor(math.log10((high - low) / most))
    steps = [s * size for s in _STEPS]
    if unit == "s" and high - low > 60 * most:
        steps = [*_TIMES, *steps]
    step = next(step for step in steps if (high - low) / step <= most)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(step * number, 12) + 0.0 for number in range(first, last + 1)]


def named(values: list[float], unit: str) -> list[str]:
    """Return the values as they are written at an axis: no two alike."""
    for decimals in range(6):
        names = [written(value, unit, 0 if value == 0 else decimals) for value in values]
        exact = len({*names}) == len(names) and _even(values, decimals, unit)
        if exact:
            return names
    return [written(value, unit) for value in values]


def _even(values: list[float], decimals: int, unit: str) -> bool:
    """Tell whether so many decimals tell the values as they are."""
    if unit == "percentunit":
        values = [value * 100 for value in values]
    elif unit == "s" or any(abs(value) >= 1000 for value in values):
        return True
    return all(math.isclose(round(value, decimals), value, abs_tol=1e-9) for value in values)


def upright(scale: Scale, left: float, right: float, unit: str) -> str:
    """Return the lines and names of an axis that goes up."""
    values = _ticks(scale.low, scale.high, unit, abs(scale.end - scale.begin))
    return "".join(
        tag("line", x1=left, x2=right, y1=scale(value), y2=scale(value), stroke=GRID)
        + text(left - 6, scale(value) + 4, name, SIZE, fill=FAINT, text_anchor="end")
        for value, name in zip(values, named(values, unit), strict=True)
    )


def margin(low: float, high: float, unit: str, length: float) -> float:
    """Return the room that the names of an axis that goes up need, of so many px."""
    names = named(_ticks(low, high, unit, length), unit)
    return 12 + max((width_of(name, SIZE) for name in names), default=0)


def _ticks(low: float, high: float, unit: str, length: float) -> list[float]:
    return nice(low, high, max(2, int(length / 32)), unit)


def along(window: Window, scale: Scale, top: float, bottom: float, *, lines: bool = True) -> str:
    """Return the lines and names of the axis of time."""
    room = abs(scale.end - scale.begin)
    step = next((s for s in _TIMES if window.length / s * 70 <= room), _TIMES[-1])
    shape = "%H:%M:%S" if step < 60 else "%H:%M"
    found = []
    for number in range(math.ceil(window.start / step), math.floor(window.end / step) + 1):
        when = float(number * step)
        if lines:
            found.append(
                tag("line", x1=scale(when), x2=scale(when), y1=top, y2=bottom, stroke=GRID)
            )
        if scale.begin + 14 <= scale(when) <= scale.end - 14:
            name = datetime.fromtimestamp(when, UTC).strftime(shape)
            found.append(
                text(scale(when), bottom + 16, name, SIZE, fill=FAINT, text_anchor="middle")
            )
    return "".join(found)
