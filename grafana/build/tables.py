"""Panels made of a table of series: the table itself, and bars for the numbers in a label."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import barchart, table
from grafana_foundation_sdk.builders import common as builders
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    FieldColor,
    FieldColorModeId,
    Panel,
)

from grafana.build.limits import BLUE, NEUTRAL, Ready
from grafana.build.panels import finish
from grafana.build.queries import Query


def rows(
    title: str,
    description: str,
    query: Query,
    *,
    hidden: Sequence[str] = (),
    renamed: dict[str, str] | None = None,
    highest: str | None = None,
    unit: str = "short",
    decimals: int | None = None,
    width: int = 8,
    height: int = 7,
) -> Panel:
    """Return a table: a row for each series, a column for each label that is not hidden.

    Args:
        title: of the panel.
        description: of the panel.
        query: gives the rows.
        hidden: columns to leave out.
        renamed: headings, by label.
        highest: a label with numbers, the highest of which come first.
        unit: of the values.
        decimals: likewise.
        width: in columns, of 24.
        height: in grid rows.
    """
    steps = [] if highest is None else _by_number(highest, desc=True)
    panel = (
        table.Panel()
        .unit(unit)
        .thresholds(Ready(NEUTRAL.config()))
        .transformations([*steps, _columns(hidden, renamed or {})])
    )
    if decimals is not None:
        panel = panel.decimals(decimals)
    return finish(panel, title, description, [query], (width, height))


def distribution(
    title: str,
    description: str,
    query: Query,
    label: str,
    heading: str,
    *,
    unit: str,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Return a bar chart: a bar for each value of a label with numbers, the lowest at the left."""
    text = {"conversions": [{"destinationType": "string", "targetField": label}]}
    panel = (
        barchart.Panel()
        .unit(unit)
        .min(0)
        .x_field(heading)
        .x_tick_label_max_length(12)
        .legend(builders.VizLegendOptions().show_legend(show_legend=False))
        .thresholds(Ready(NEUTRAL.config()))
        .color_scheme(Ready(FieldColor(FieldColorModeId.FIXED, BLUE)))
        .transformations(
            [
                *_by_number(label, desc=False),
                DataTransformerConfig("convertFieldType", options=text),
                _columns(("domain",), {label: heading, "Value": "Users"}),
            ]
        )
    )
    return finish(panel, title, description, [query], (width, height))


def _columns(hidden: Sequence[str], renamed: dict[str, str]) -> DataTransformerConfig:
    away = dict.fromkeys(("Time", "__name__", *hidden), True)
    options = {"excludeByName": away, "renameByName": renamed}
    return DataTransformerConfig("organize", options=options)


def _by_number(label: str, *, desc: bool) -> list[DataTransformerConfig]:
    """Sort the rows of a table by a label, which is a number (labels are texts)."""
    number = {"conversions": [{"destinationType": "number", "targetField": label}]}
    order = {"sort": [{"field": label, "desc": desc}]}
    return [
        DataTransformerConfig("convertFieldType", options=number),
        DataTransformerConfig("sortBy", options=order),
    ]
