"""Tables as Markdown, for pages that are not a notebook."""

from typing import Any

import pandas as pd
from IPython.core.getipython import get_ipython


def use() -> None:
    """Let the notebook keep every table as Markdown too, beside the HTML that it shows."""
    shell = get_ipython()
    if shell is not None and shell.display_formatter is not None:
        as_markdown = shell.display_formatter.formatters["text/markdown"]
        as_markdown.for_type(pd.DataFrame, markdown)
    pd.options.display.float_format = number


def markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown; its index is the first column, unless it only counts.

    >>> print(markdown(pd.DataFrame({"AUC": [0.5, None]}, index=["chance", "nothing"])))
    |  | AUC |
    |---|--:|
    | chance | 0.500 |
    | nothing |  |
    <BLANKLINE>
    """
    counts = isinstance(table.index, pd.RangeIndex)
    shown = table if counts else table.reset_index(names=table.index.name or "")
    right = ["--:" if pd.api.types.is_numeric_dtype(kind) else "---" for kind in shown.dtypes]
    rows = [shown.columns, right, *shown.itertuples(index=False)]
    lines = [" | ".join(map(_cell, row)) for row in rows]
    lines[1] = "|".join(right)
    return "".join(f"|{line}|\n" if n == 1 else f"| {line} |\n" for n, line in enumerate(lines))


def number(value: float) -> str:
    """Return a number as it is read: whole ones whole, others by their size.

    >>> number(1234.0), number(1234.5), number(12.345), number(0.1234)
    ('1,234', '1,234.5', '12.35', '0.123')
    """
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.{1 if abs(value) >= 1000 else 2 if abs(value) >= 10 else 3}f}"


def plain(value: Any) -> Any:
    """Return tables of figures as JSON has them, numbers to six digits: what is not known is null.

    >>> plain({3: 0.123456789, "none": float("nan")})
    {'3': 0.123457, 'none': None}
    """
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, str) or pd.isna(value):
        return value if isinstance(value, str) else None
    return float(f"{value:.6g}") if value != int(value) else int(value)


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("|", "\\|").replace("\n", " ")
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if pd.isna(value) else number(float(value))
