"""The kinds of panels that the dashboards are made of, all in one style."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    heatmap,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.builders import common as builders
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BigValueColorMode,
    BigValueGraphMode,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    FieldColor,
    FieldColorModeId,
    Panel,
)
from grafana_foundation_sdk.models.heatmap import (
    CellValues,
    FilterValueRange,
    HeatmapColorMode,
    HeatmapColorOptions,
    YAxisConfig,
)

from grafana.build.limits import NEUTRAL, Limits, Ready
from grafana.build.queries import PROMETHEUS, Query


def number(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    limits: Limits = NEUTRAL,
    decimals: int | None = None,
    width: int = 4,
    height: int = 4,
    graph: bool = True,
) -> Panel:
    """Return a panel of large numbers, one for each series, coloured by the limits."""
    panel = (
        stat.Panel()
        .unit(unit)
        .color_mode(BigValueColorMode.VALUE)
        .graph_mode(BigValueGraphMode.AREA if graph else BigValueGraphMode.NONE)
        .reduce_options(builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .orientation(VizOrientation.AUTO)
        .thresholds(Ready(limits.config()))
        .color_scheme(Ready(FieldColor(FieldColorModeId.THRESHOLDS)))
    )
    if decimals is not None:
        panel = panel.decimals(decimals)
    return finish(panel, title, description, queries, (width, height))


def lines(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    limits: Limits = NEUTRAL,
    decimals: int | None = None,
    least: float | None = None,
    most: float | None = None,
    stacked: bool = False,
    width: int = 8,
    height: int = 7,
) -> Panel:
    """Return a panel of lines over time; the limits are dashed lines."""
    legend = (
        builders.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )
    drawn = GraphThresholdsStyleMode.OFF if limits == NEUTRAL else GraphThresholdsStyleMode.DASHED
    panel = (
        timeseries.Panel()
        .unit(unit)
        .line_width(1.5)
        .fill_opacity(40 if stacked else 8)
        .span_nulls(120_000)
        .legend(legend)
        .tooltip(
            builders.VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING)
        )
        .thresholds(Ready(limits.config()))
        .thresholds_style(builders.GraphThresholdsStyleConfig().mode(drawn))
        .color_scheme(Ready(FieldColor(FieldColorModeId.PALETTE_CLASSIC_BY_NAME)))
    )
    if stacked:
        panel = panel.stacking(builders.StackingConfig().mode(StackingMode.NORMAL).group("A"))
    if decimals is not None:
        panel = panel.decimals(decimals)
    if least is not None:
        panel = panel.min(least)
    if most is not None:
        panel = panel.max(most)
    return finish(panel, title, description, queries, (width, height))


def bars(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    limits: Limits = NEUTRAL,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Return a panel of bars, one for each series that there is now, named at its side."""
    panel = (
        bargauge.Panel()
        .unit(unit)
        .min(0)
        .orientation(VizOrientation.HORIZONTAL)
        .display_mode(BarGaugeDisplayMode.BASIC)
        .reduce_options(builders.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(Ready(limits.config()))
        .color_scheme(Ready(FieldColor(FieldColorModeId.THRESHOLDS)))
    )
    return finish(panel, title, description, queries, (width, height))


def for_each_domain(panel: Panel) -> Panel:
    """Let the panel be there once for each domain chosen, side by side."""
    panel.repeat, panel.repeat_direction, panel.max_per_row = "domain", "h", 2
    return panel


def heat(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    scheme: str,
    span: tuple[float, float] | None = None,
    axis_unit: str = "short",
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Return a heat map: a row for each series (or bucket), time to the right.

    Args:
        title: of the panel.
        description: of the panel.
        query: gives the rows.
        unit: of the cells.
        scheme: of colours; d3's name.
        span: values at the ends of the scheme; the least and the most there is if not given.
        axis_unit: of the names of the rows.
        width: in columns, of 24.
        height: in grid rows.
    """
    low, high = span or (None, None)
    colours = HeatmapColorOptions(
        mode=HeatmapColorMode.SCHEME,
        scheme=scheme,
        fill="dark-orange",
        exponent=0.5,
        steps=64,
        reverse=False,  # Grafana turns scales of two colours round itself: low is blue in RdBu
        min_val=low,
        max_val=high,
    )
    panel = (
        heatmap.Panel()
        .calculate(calculate=False)
        .color(Ready(colours))
        # else cells of 0 and less are left out
        .filter_values(Ready(FilterValueRange(le=-1e9)))
        .y_axis(Ready(YAxisConfig(unit=axis_unit)))
        .cell_values(Ready(CellValues(unit)))
        .cell_gap(1)
        .unit(unit)
        .thresholds(Ready(NEUTRAL.config()))
    )
    return finish(panel, title, description, [query], (width, height))


Kind = barchart.Panel | stat.Panel | timeseries.Panel | bargauge.Panel | table.Panel | heatmap.Panel


def finish(
    panel: Kind,
    title: str,
    description: str,
    queries: Sequence[Query],
    size: tuple[int, int],
) -> Panel:
    """Return the panel with what every kind has: a title, an explanation, queries and a size."""
    panel.title(title).description(description).datasource(PROMETHEUS)
    panel.span(size[0]).height(size[1])
    for position, query in enumerate(queries):
        panel.with_target(query.target(position))
    return panel.build()
