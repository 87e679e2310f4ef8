"""The data quality report as tables for people."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from replay.order import duration


def show(report: dict[str, Any], console: Console) -> None:
    """Print a report of ``replay.inspect``."""
    console.print(_overview(report))
    if report["bad"]:
        console.print(_bad(report["bad"]))
    if report["types"]:
        console.print(_types(report["types"]))
    console.print(_fields(report["fields"]))


def _overview(report: dict[str, Any]) -> Table:
    outcomes, disorder = report["outcomes"], report["disorder"]
    amount = outcomes["amount"]
    bad = sum(kind["count"] for kind in report["bad"].values())
    title = _plain(", ".join(report["files"]))
    table = Table(title=title, show_header=False, title_justify="left")
    span = f"{report['first_event']} to {report['last_event']}, {report['span_days']:.1f} days"
    worst = disorder["worst"]
    late = f"{disorder['behind']:,}"
    if worst["ms"]:
        late += f", at most {duration(worst['ms'])} ({worst['file']}, line {worst['line']})"
    beyond = f"{disorder['beyond_sort_buffer']:,}"
    if disorder["beyond_sort_buffer"]:
        beyond += ": replay send will refuse this log without --allow-late"
    for name, value in (
        ("rows", f"{report['rows']:,}"),
        ("events of users", f"{report['events']:,}"),
        ("anonymous", f"{report['anonymous']:,} ({report['anonymous_share']:.2%})"),
        ("bad lines", f"{bad:,}"),
        ("duplicates", f"{report['duplicates']:,}"),
        ("users", f"{report['users']:,}"),
        ("time span", span if report["first_event"] else "none"),
        ("outcomes reached", f"{outcomes['reached']:,} (first signs: {outcomes['signs']:,})"),
        ("users with outcome", f"{outcomes['users']:,} ({outcomes['share_of_users']:.2%})"),
        *([] if amount is None else [("amount", f"{amount:,.2f}")]),
        ("out of order", late),
        ("behind their user", f"{disorder['behind_own_user']:,}"),
        (f"beyond {disorder['sort_buffer']:,} events", beyond),
    ):
        table.add_row(name, _plain(value))
    return table


def _bad(bad: dict[str, Any]) -> Table:
    table = Table(title="Bad lines", title_justify="left")
    for column in ("reason", "count", "first lines", "what is wrong with the first"):
        table.add_column(column, justify="right" if column == "count" else "left")
    for reason, kind in bad.items():
        places = ", ".join(str(place["line"]) for place in kind["first"])
        detail = _plain(kind["first"][0]["detail"])
        table.add_row(_plain(reason), f"{kind['count']:,}", places, detail)
    return table


def _types(types: dict[str, Any]) -> Table:
    table = Table(title="Event types", title_justify="left")
    for column in ("type", "count", "share"):
        table.add_column(column, justify="left" if column == "type" else "right")
    for name, kind in types.items():
        table.add_row(_plain(name), f"{kind['count']:,}", f"{kind['share']:.2%}")
    return table


def _fields(fields: dict[str, Any]) -> Table:
    table = Table(title="Fields", title_justify="left")
    for column in ("field", "missing", "share", "broken", "types"):
        table.add_column(column, justify="left" if column in {"field", "types"} else "right")
    for name, field in fields.items():
        types = ", ".join(f"{kind} {count:,}" for kind, count in field["types"].items())
        missing, broken = f"{field['missing']:,}", f"{field['broken']:,}"
        table.add_row(_plain(name), missing, f"{field['missing_share']:.2%}", broken, types)
    return table


def _plain(text: str) -> Text:
    """Return what a log says as it is: no markup in it counts, and nothing moves the cursor."""
    return Text(
        "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)
    )
