"""A table: a row for each series that there is now."""

from html import escape

from docs_tools.dashboards.drawing import Drawing
from docs_tools.dashboards.rows import rows_of
from docs_tools.dashboards.units import written

#: px of a row.
_ROW = 21

_NUMBER = ' class="number"'


def draw(drawing: Drawing) -> str:
    """Return the panel's inside."""
    rows = rows_of(drawing.series(), drawing.panel.get("transformations", []))
    if not rows:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(
        f"<th{'' if isinstance(rows[0].get(name, ''), str) else _NUMBER}>{escape(name)}</th>"
        for name in names
    )
    body = ""
    for row in rows[
        : int(drawing.height / _ROW) - 1
    ]:  # Grafana lets its reader scroll to the others
        cells = ""
        for name in names:
            value = row.get(name, "")
            if isinstance(value, str):
                cells += f"<td>{escape(value)}</td>"
            else:
                told = written(value, drawing.unit, drawing.decimals)
                cells += f"<td{_NUMBER}>{told}</td>"
        body += f"<tr>{cells}</tr>"
    return f'<div class="table"><table><tr>{head}</tr>{body}</table></div>'
