"""Annotations of a dashboard: what happened, and when."""

from typing import Any

from docs_tools.dashboards.answers import Answers, Window
from docs_tools.dashboards.colours import NAMED
from docs_tools.dashboards.drawing import Mark
from docs_tools.dashboards.variables import Variables

_UNITS = {"s": 1, "m": 60, "h": 3600}


def marks_of(
    dashboard: dict[str, Any], variables: Variables, answers: Answers, window: Window
) -> list[Mark]:
    """Return what happened; what holds on from step to step is one mark, as in Grafana."""
    found = []
    for annotation in dashboard["annotations"]["list"]:
        step = float(annotation["step"][:-1]) * _UNITS[annotation["step"][-1]]
        for series in answers.over(variables.filled(annotation["expr"]), window, step):
            start = end = series.points[0][0]
            colour = NAMED[annotation["iconColor"]]
            for when, _ in series.points[1:]:
                if when - end > step:
                    found.append(Mark(start, end, colour))
                    start = when
                end = when
            found.append(Mark(start, end, colour))
    return list(dict.fromkeys(found))  # those of both domains at once are one line
