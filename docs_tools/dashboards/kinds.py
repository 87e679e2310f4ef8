"""The kinds of panels that can be drawn."""

from collections.abc import Callable

from docs_tools.dashboards import barchart, bargauge, heatmap, stat, table, timeseries
from docs_tools.dashboards.drawing import Drawing

#: What draws the inside of each kind, by its name in the JSON; nothing where there is no data.
KINDS: dict[str, Callable[[Drawing], str]] = {
    "stat": stat.draw,
    "timeseries": timeseries.draw,
    "heatmap": heatmap.draw,
    "bargauge": bargauge.draw,
    "barchart": barchart.draw,
    "table": table.draw,
}
