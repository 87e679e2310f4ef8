"""A dashboard as a page of HTML: its panels on Grafana's grid."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

from docs_tools.dashboards.answers import Answers, Window
from docs_tools.dashboards.drawing import Drawing
from docs_tools.dashboards.kinds import KINDS
from docs_tools.dashboards.marks import marks_of
from docs_tools.dashboards.style import STYLE
from docs_tools.dashboards.variables import Variables

#: px of the page.
WIDTH = 1400

#: Grafana's grid: columns, px of a row, and between panels.
_COLUMNS, _ROW, _GAP = 24, 30, 8

#: px of the top of the page and its foot, of a panel's title, and beside its inside.
_TOP, _FOOT, _TITLE, _BESIDE = 84, 34, 30, 8


def page_of(dashboard: dict[str, Any], answers: Answers, window: Window, source: str) -> str:
    """Return the page.

    Args:
        dashboard: its JSON.
        answers: who answers its queries.
        window: the time that is shown.
        source: name of the JSON's file, for the foot of the page.
    """
    variables = Variables(dashboard, window)
    marks = marks_of(dashboard, variables, answers, window)
    parts = []
    for panel, chosen in _repeated(dashboard["panels"], variables, answers):
        left, top, width, height = _place(panel["gridPos"])
        title = escape(chosen.filled(panel["title"]))
        place = f"left:{left:.1f}px;top:{top:.1f}px;width:{width:.1f}px;height:{height:.1f}px"
        if panel["type"] == "row":
            parts.append(f'<h2 style="{place}"><span>⌄</span>{title}</h2>')
            continue
        room = (width - 2 * _BESIDE, height - _TITLE - _BESIDE)
        drawing = Drawing(panel, chosen, answers, window, *room, marks)
        inside = KINDS[panel["type"]](drawing) or '<p class="none">No data</p>'
        parts.append(
            f'<section style="{place}"><h3>{title}</h3><div class="inside">{inside}</div></section>'
        )
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    height = _TOP + rows * (_ROW + _GAP) + _FOOT
    foot = (
        f"Drawn from {source} and the answers of a Prometheus that watched a running Weir. "
        "Not a screenshot of Grafana."
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(dashboard["title"])}'
        f'</title><style>{STYLE}</style><body style="width:{WIDTH}px;height:{height}px">'
        f"{_header(dashboard['title'], variables, window)}{''.join(parts)}<footer>{foot}</footer>"
        "</body></html>"
    )


def _header(title: str, variables: Variables, window: Window) -> str:
    first, last = (datetime.fromtimestamp(t, UTC) for t in (window.start, window.end))
    chosen = "".join(
        f"<span><b>{escape(label)}</b>{escape(value)}</span>" for label, value in variables.shown()
    )
    return (
        f'<header><h1>{escape(title)}</h1><div class="time">{first:%Y-%m-%d %H:%M} to '
        f'{last:%H:%M} UTC</div><div class="chosen">{chosen}</div></header>'
    )


def _repeated(
    panels: list[dict[str, Any]], variables: Variables, answers: Answers
) -> Iterator[tuple[dict[str, Any], Variables]]:
    """Yield each panel, and one that is repeated once for each value, side by side."""
    for panel in panels:
        name = panel.get("repeat", "")
        values = variables.each(name, answers) if name else []
        if not values:
            yield panel, variables
        for number, value in enumerate(values):
            width = _COLUMNS // len(values)
            place = {**panel["gridPos"], "w": width, "x": number * width}
            yield {**panel, "gridPos": place}, variables.fixed(name, value)


def _place(grid: dict[str, int]) -> tuple[float, float, float, float]:
    column = (WIDTH - _GAP) / _COLUMNS
    return (
        _GAP + grid["x"] * column,
        _TOP + grid["y"] * (_ROW + _GAP),
        grid["w"] * column - _GAP,
        grid["h"] * (_ROW + _GAP) - _GAP,
    )
