"""A bar for each row of a table."""

from docs_tools.dashboards import axes
from docs_tools.dashboards.axes import Scale
from docs_tools.dashboards.colours import FAINT, NAMED, TEXT
from docs_tools.dashboards.drawing import Drawing
from docs_tools.dashboards.rows import rows_of
from docs_tools.dashboards.svg import picture, tag, text, width_of
from docs_tools.dashboards.units import written

_SIZE = 11


def draw(drawing: Drawing) -> str:
    """Return the panel's inside."""
    rows = rows_of(drawing.series(), drawing.panel.get("transformations", []))
    if not rows:
        return ""
    options, defaults = drawing.panel["options"], drawing.defaults
    field = options["xField"]
    names = [str(row[field])[: options["xTickLabelMaxLength"]] for row in rows]
    number = next(name for name, value in rows[0].items() if isinstance(value, float))
    values = [float(row[number]) for row in rows]
    ends = axes.spread(min(values), max(values), defaults.get("min"), defaults.get("max"))
    bottom, right = drawing.height - 38, drawing.width - 8
    left = axes.margin(*ends, drawing.unit, bottom - 16)
    up = Scale(*ends, bottom, 16)
    each = (right - left) / len(rows)
    colour = NAMED[defaults["color"]["fixedColor"]]
    texts = [written(value, drawing.unit, drawing.decimals) for value in values]
    told = max(width_of(one, _SIZE) for one in texts) < each
    parts = [axes.upright(up, left, right, drawing.unit)]
    for place, (value, name) in enumerate(zip(values, names, strict=True)):
        middle, wide = left + (place + 0.5) * each, each * options["barWidth"]
        parts.append(
            tag(
                "rect",
                x=middle - wide / 2 + 1,
                y=up(value),
                width=max(1.0, wide - 2),
                height=bottom - up(value),
                fill=colour,
                fill_opacity=defaults["custom"]["fillOpacity"] / 100,
                stroke=colour,
            )
        )
        parts.append(text(middle, bottom + 16, name, _SIZE, fill=FAINT, text_anchor="middle"))
        if told:
            y = up(value) - 4
            parts.append(text(middle, y, texts[place], _SIZE, fill=TEXT, text_anchor="middle"))
    parts.append(
        text((left + right) / 2, bottom + 32, field, _SIZE, fill=FAINT, text_anchor="middle")
    )
    return picture(drawing.width, drawing.height, *parts)
