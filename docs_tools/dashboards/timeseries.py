"""Lines over time, with the names of the series below."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

from docs_tools.dashboards import axes
from docs_tools.dashboards.answers import Series
from docs_tools.dashboards.axes import Scale
from docs_tools.dashboards.colours import NAMED, of_series
from docs_tools.dashboards.drawing import Drawing, Mark
from docs_tools.dashboards.svg import picture, tag, width_of

_LINE, _SIZE = 18, 11.5

#: Of the panel's height, at most so much is its legend.
_LEGEND = 0.28


def draw(drawing: Drawing) -> str:
    """Return the panel's inside."""
    series = drawing.series()
    if not series:
        return ""
    custom = drawing.defaults["custom"]
    if custom.get("stacking", {}).get("mode") == "normal":
        series = _stacked(series)
    colours = of_series(one.name for one in series)
    names, lines = _legend(list(colours), colours, drawing.width, drawing.height)
    height = drawing.height - lines * _LINE - 4
    return _plot(drawing, series, colours, height) + tag(
        "div", names, class_="legend", style=f"height:{lines * _LINE}px"
    )


def _plot(
    drawing: Drawing, series: Sequence[Series], colours: dict[str, str], height: float
) -> str:
    defaults, window = drawing.defaults, drawing.window
    values = [value for one in series for _, value in one.points]
    ends = axes.spread(min(values), max(values), defaults.get("min"), defaults.get("max"))
    bottom, right = height - 22, drawing.width - 8
    left = axes.margin(*ends, drawing.unit, bottom - 6)
    across, up = Scale(window.start, window.end, left, right), Scale(*ends, bottom, 6)
    custom = defaults["custom"]
    parts = [axes.upright(up, left, right, drawing.unit), axes.along(window, across, 6, bottom)]
    parts += [marked(mark, across, 6, bottom) for mark in drawing.marks]
    for one in series:
        parts.append(_line(one, across, up, bottom, colours[one.name], custom))
    if custom["thresholdsStyle"]["mode"] == "dashed":
        parts += [
            _limit(up(step["value"]), left, right, NAMED[step["color"]])
            for step in defaults["thresholds"]["steps"]
            if step["value"] is not None and ends[0] <= step["value"] <= ends[1]
        ]
    return picture(drawing.width, height, *parts)


def _line(
    series: Series, across: Scale, up: Scale, bottom: float, colour: str, custom: dict[str, float]
) -> str:
    """Return a line that is broken where nothing came for long, with its area."""
    runs: list[list[tuple[float, float]]] = []
    before = float("-inf")
    for when, value in series.points:
        if when - before > custom["spanNulls"] / 1000:
            runs.append([])
        runs[-1].append((across(when), up(value)))
        before = when
    found = []
    for run in runs:
        if len(run) == 1:
            found.append(tag("circle", cx=run[0][0], cy=run[0][1], r=2, fill=colour))
            continue
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run)
        area = f"{path}L{run[-1][0]:.1f} {bottom}L{run[0][0]:.1f} {bottom}Z"
        found.append(tag("path", d=area, fill=colour, fill_opacity=custom["fillOpacity"] / 100))
        found.append(
            tag(
                "path",
                d=path,
                fill="none",
                stroke=colour,
                stroke_width=custom["lineWidth"],
                stroke_linejoin="round",
            )
        )
    return "".join(found)


def marked(mark: Mark, across: Scale, top: float, bottom: float, *, shade: float = 0.05) -> str:
    """Return the line of what happened at a moment."""
    x, end = across(mark.start), across(mark.end)
    return (
        tag("rect", x=x, y=top, width=end - x, height=bottom - top, fill=mark.colour, opacity=shade)
        + tag("line", x1=x, x2=x, y1=top, y2=bottom, stroke=mark.colour, stroke_dasharray="3 3")
        + tag("path", d=f"M{x - 4:.1f} {bottom + 5}h8l-4 -5z", fill=mark.colour)
        + tag("rect", x=x, y=bottom, width=end - x, height=2, fill=mark.colour)
    )


def _limit(y: float, left: float, right: float, colour: str) -> str:
    return tag(
        "line", x1=left, x2=right, y1=y, y2=y, stroke=colour, stroke_dasharray="8 6", opacity=0.8
    )


def _stacked(series: Sequence[Series]) -> list[Series]:
    """Return the series, each upon those before it; the highest first, so that all are seen."""
    sums: dict[float, float] = {}
    found = []
    for one in series:
        for when, value in one.points:
            sums[when] = sums.get(when, 0.0) + value
        found.append(replace(one, points=tuple((when, sums[when]) for when, _ in one.points)))
    return found[::-1]


def _legend(
    names: Sequence[str], colours: dict[str, str], width: float, height: float
) -> tuple[str, int]:
    """Return the names with their colours, and on how many lines they are.

    Grafana lets its reader scroll to those that have no room; here it is said how many they are.
    """
    most = max(1, int(height * _LEGEND / _LINE))
    room, lines, used = width - 8, 1, 0.0
    shown = []
    for number, name in enumerate(names):
        needed = width_of(name, _SIZE) + 32
        left_over = len(names) - number
        if used + needed > room - (60 if lines == most and left_over > 1 else 0):
            if lines == most:
                shown.append(f"<span>+ {left_over} more</span>")
                break
            lines, used = lines + 1, 0.0
        used += needed
        shown.append(f'<span><i style="background:{colours[name]}"></i>{escape(name)}</span>')
    return "".join(shown), lines
