"""Large numbers, one for each series, coloured by the limits, with a small chart behind."""

from collections.abc import Sequence

from docs_tools.dashboards.answers import Series
from docs_tools.dashboards.axes import Scale
from docs_tools.dashboards.colours import TEXT, of_limits
from docs_tools.dashboards.drawing import Drawing
from docs_tools.dashboards.svg import picture, shortened, tag, text, width_of
from docs_tools.dashboards.units import written

#: px that a number needs beside another one.
_LEAST = 66

_LARGEST, _NAME = 38, 12


def draw(drawing: Drawing) -> str:
    """Return the panel's inside."""
    series = drawing.series()
    if not series:
        return ""
    width = drawing.width / len(series)
    names = [one.name if len(series) > 1 else "" for one in series]  # as Grafana does
    texts = [written(one.last, drawing.unit, drawing.decimals) for one in series]
    fits = all(width_of(name, _NAME) <= width - 6 for name in names)
    each = list(zip(series, names, texts, strict=True))
    parts = _beside(drawing, each) if fits and width >= _LEAST else _below(drawing, each)
    return picture(drawing.width, drawing.height, *parts)


def _beside(drawing: Drawing, each: Sequence[tuple[Series, str, str]]) -> list[str]:
    """Return the numbers beside each other, their names above them."""
    width, height = drawing.width / len(each), drawing.height
    widest = max(width_of(told, 1) for _, _, told in each)
    size = min(_LARGEST, height * 0.36, (width - 22) / widest)
    parts = []
    for number, (one, name, told) in enumerate(each):
        x, colour = number * width, of_limits(one.last, drawing.defaults)
        middle = {"text_anchor": "middle"}
        parts += [
            _area(one, drawing, (x, 36 + size, width, height - 36 - size), colour),
            text(x + width / 2, 18, name, _NAME, fill=TEXT, **middle),
            text(x + width / 2, 24 + size, told, size, fill=colour, font_weight="600", **middle),
        ]
    return parts


def _below(drawing: Drawing, each: Sequence[tuple[Series, str, str]]) -> list[str]:
    """Return the numbers below each other, their names at the left."""
    width, height = drawing.width, drawing.height / len(each)
    size = min(22, height * 0.72)
    begin = 14 + max(width_of(name, _NAME) for _, name, _ in each)
    end = width - 12 - max(width_of(told, size) for _, _, told in each)
    parts = []
    for number, (one, name, told) in enumerate(each):
        y, colour = number * height, of_limits(one.last, drawing.defaults)
        room = width - 28 - width_of(told, size)
        base = y + height / 2
        parts += [
            _area(one, drawing, (begin, y + 3, end - begin, height - 5), colour),
            text(4, base + 4, shortened(name, _NAME, room), _NAME, fill=TEXT),
            text(
                width - 6,
                base + size * 0.35,
                told,
                size,
                fill=colour,
                font_weight="600",
                text_anchor="end",
            ),
        ]
    return parts


def _area(
    series: Series, drawing: Drawing, place: tuple[float, float, float, float], colour: str
) -> str:
    """Return the small chart; place is left, top, width and height."""
    left, top, width, height = place
    wanted = drawing.panel["options"]["graphMode"] == "area"
    if not wanted or height < 12 or width < 20 or len(series.points) < 2:
        return ""
    values = [value for _, value in series.points]
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 1, high + 1
    bottom = top + height
    across = Scale(drawing.window.start, drawing.window.end, left + 4, left + width - 4)
    up = Scale(low, high, bottom - 3, top)
    path = "M" + "L".join(f"{across(when):.1f} {up(value):.1f}" for when, value in series.points)
    first, last = across(series.points[0][0]), across(series.points[-1][0])
    return tag(
        "path",
        d=f"{path}L{last:.1f} {bottom:.1f}L{first:.1f} {bottom:.1f}Z",
        fill=colour,
        fill_opacity=0.14,
    ) + tag("path", d=path, fill="none", stroke=colour, stroke_width=1, stroke_opacity=0.7)
