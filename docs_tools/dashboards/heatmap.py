"""A row of cells for each series, or bucket of a histogram; time to the right."""

import math
from collections.abc import Sequence
from dataclasses import replace

from docs_tools.dashboards import axes
from docs_tools.dashboards.answers import Series
from docs_tools.dashboards.axes import Scale
from docs_tools.dashboards.colours import FAINT, TEXT, of_heat
from docs_tools.dashboards.drawing import Drawing
from docs_tools.dashboards.svg import picture, shortened, tag, text, width_of
from docs_tools.dashboards.timeseries import marked
from docs_tools.dashboards.units import written

_SIZE, _FOOT, _BAR = 10.5, 52, 200


def draw(drawing: Drawing) -> str:
    """Return the panel's inside."""
    rows = _in_order(drawing.series())
    if not rows:
        return ""
    options = drawing.panel["options"]
    names = [row.name for row in rows]
    if drawing.panel["targets"][0]["format"] == "heatmap":
        rows = _alone(rows)
        names = [_bound(name, options["yAxis"]["unit"]) for name in names]
    left = min(drawing.width * 0.3, 12 + max(width_of(name, _SIZE) for name in names))
    bottom = drawing.height - _FOOT
    window, step = drawing.window, drawing.window.step
    across = Scale(window.start, window.end, left, drawing.width - 8)
    up = Scale(0, len(rows), bottom, 4)
    values = [value for row in rows for _, value in row.points]
    low = options["color"].get("min", min(values))
    high = options["color"].get("max", max(values))
    gap = options["cellGap"]
    parts = []
    for number, row in enumerate(rows):
        y = up(number + 1)
        for when, value in row.points:
            begin, end = max(left, across(when - step)), across(when)
            share = (value - low) / ((high - low) or 1.0)
            size = {"width": max(0.0, end - begin - gap), "height": up(number) - y - gap}
            parts.append(tag("rect", x=begin, y=y, fill=of_heat(share, options["color"]), **size))
    parts += [marked(mark, across, 4, bottom, shade=0) for mark in drawing.marks]
    parts += _names(names, left, up)
    parts.append(axes.along(window, across, 4, bottom, lines=False))
    parts.append(_scale(drawing, low, high, left, drawing.height - 22))
    return picture(drawing.width, drawing.height, *parts)


def _names(names: Sequence[str], left: float, up: Scale) -> list[str]:
    """Return the names of the rows, of as many as there is room for."""
    every = math.ceil(13 / abs(up(1) - up(0)))
    return [
        text(
            left - 6,
            up(number + 0.5) + 3.5,
            shortened(name, _SIZE, left - 6),
            _SIZE,
            fill=FAINT,
            text_anchor="end",
        )
        for number, name in enumerate(names)
        if number % every == 0
    ]


def _scale(drawing: Drawing, low: float, high: float, x: float, y: float) -> str:
    """Return the bar that says which colour is which value."""
    color, steps = drawing.panel["options"]["color"], drawing.panel["options"]["color"]["steps"]
    width = _BAR / steps
    parts = [
        tag(
            "rect",
            x=x + n * width,
            y=y,
            width=width + 0.5,
            height=8,
            fill=of_heat(n / (steps - 1), color),
        )
        for n in range(steps)
    ]
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        told = written(low + (high - low) * share, drawing.unit)
        parts.append(text(x + _BAR * share, y + 19, told, _SIZE, fill=TEXT, text_anchor=anchor))
    return "".join(parts)


def _in_order(rows: Sequence[Series]) -> list[Series]:
    """Return the rows from below to above: by number where all have one, else by name."""
    try:
        return sorted(rows, key=lambda row: float(row.name))
    except ValueError:
        return sorted(rows, key=lambda row: row.name, reverse=True)


def _alone(rows: Sequence[Series]) -> list[Series]:
    """Return the buckets of a histogram without what is in those below them."""
    below: dict[float, float] = {}
    found = []
    for row in rows:
        points = tuple((when, max(0.0, value - below.get(when, 0.0))) for when, value in row.points)
        below = dict(row.points)
        found.append(replace(row, points=points))
    return found


def _bound(name: str, unit: str) -> str:
    return "more" if math.isinf(float(name)) else written(float(name), unit)
