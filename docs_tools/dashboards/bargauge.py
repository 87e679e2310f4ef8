"""A bar for each series that there is now, named at its left, coloured by the limits."""

from docs_tools.dashboards.colours import GRID, TEXT, of_limits
from docs_tools.dashboards.drawing import Drawing
from docs_tools.dashboards.svg import picture, shortened, tag, text, width_of
from docs_tools.dashboards.units import written

_SIZE, _GAP, _HIGHEST = 11.5, 4, 34


def draw(drawing: Drawing) -> str:
    """Return the panel's inside."""
    series = drawing.series()
    if not series:
        return ""
    least = drawing.panel["options"]["minVizHeight"] + _GAP
    series = series[: int(drawing.height / least)]
    each = min(_HIGHEST, drawing.height / len(series))
    texts = [written(one.last, drawing.unit, drawing.decimals) for one in series]
    left = min(drawing.width * 0.45, 10 + max(width_of(one.name, _SIZE) for one in series))
    right = drawing.width - 12 - max(width_of(told, _SIZE) for told in texts)
    low = drawing.defaults.get("min", min(one.last for one in series))
    high = drawing.defaults.get("max", max(one.last for one in series))
    parts = []
    for number, (one, told) in enumerate(zip(series, texts, strict=True)):
        y, colour = number * each, of_limits(one.last, drawing.defaults)
        share = (one.last - low) / ((high - low) or 1.0)
        middle, inside = y + each / 2 + 4, each - _GAP
        parts += [
            text(
                left - 6,
                middle,
                shortened(one.name, _SIZE, left - 6),
                _SIZE,
                fill=TEXT,
                text_anchor="end",
            ),
            tag("rect", x=left, y=y + 2, width=right - left, height=inside, fill=GRID),
            tag(
                "rect",
                x=left,
                y=y + 2,
                width=(right - left) * max(0.0, share),
                height=inside,
                fill=colour,
                fill_opacity=0.45,
                stroke=colour,
            ),
            text(right + 6, middle, told, _SIZE, fill=colour),
        ]
    return picture(drawing.width, drawing.height, *parts)
