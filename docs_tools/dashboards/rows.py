"""The rows of a table: series, after the transformations of the panel."""

from typing import Any

from docs_tools.dashboards.answers import Series

Row = dict[str, str | float]


def rows_of(series: list[Series], transformations: list[dict[str, Any]]) -> list[Row]:
    """Return a row for each series: its labels and its value.

    Raises:
        KeyError: a transformation is none of those that dashboards of Weir have.
    """
    rows: list[Row] = [
        {**dict(sorted(one.labels.items())), "Time": one.points[-1][0], "Value": one.last}
        for one in series
    ]
    for step in transformations:
        rows = TRANSFORMATIONS[step["id"]](rows, step["options"])
    return rows


def _convert(rows: list[Row], options: dict[str, Any]) -> list[Row]:
    for conversion in options["conversions"]:
        name, kind = conversion["targetField"], conversion["destinationType"]
        for row in rows:
            row[name] = float(row[name]) if kind == "number" else _text(row[name])
    return rows


def _sort(rows: list[Row], options: dict[str, Any]) -> list[Row]:
    (order,) = options["sort"]
    return sorted(rows, key=lambda row: row[order["field"]], reverse=order["desc"])


def _organize(rows: list[Row], options: dict[str, Any]) -> list[Row]:
    away, names = options["excludeByName"], options["renameByName"]
    return [
        {names.get(key, key): value for key, value in row.items() if not away.get(key)}
        for row in rows
    ]


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


#: What a panel may do with its rows, by the name in the JSON.
TRANSFORMATIONS = {"convertFieldType": _convert, "sortBy": _sort, "organize": _organize}
