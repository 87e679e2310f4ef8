"""The command ``replay inspect``."""

import click
import orjson
from rich.console import Console

from models import domains
from replay.inspect import Inspection
from replay.inspect_table import show
from replay.order import SORT_BUFFER
from stream.layout_file import read_layout
from stream.layout_option import layout_option
from stream.logfile import LogFile
from stream.missing_fields import missing_fields


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--domain", "-d", required=True, metavar="NAME", help="Whose events they are: churn, ..."
)
@layout_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--sort-buffer",
    type=click.IntRange(min=0),
    default=SORT_BUFFER,
    show_default=True,
    help="Tell how many events send would find too far out of order with this buffer.",
)
def inspect(
    *,
    files: tuple[str, ...],
    domain: str,
    layout_file: str | None,
    as_json: bool,
    sort_buffer: int,
) -> None:
    """Report on the quality of logs, without sending anything.

    Rows, users, time span; event types; outcomes and class balance; missing and broken values of
    each field; bad lines by reason with the first of them; disorder; duplicates. A value is broken
    when it is NaN or infinite, or of another type than most of its field's.

    \b
    Examples:
      replay inspect log.jsonl.zst --domain churn
      replay inspect log.csv --domain churn --json | jq .bad
    """  # noqa: D301 - click reads the backspace itself
    chosen = domains.load(domain)
    layout = read_layout(layout_file, chosen) if layout_file else None
    inspection = Inspection(chosen, sort_buffer)
    inspection.read([LogFile(path, layout) for path in files])
    report = inspection.as_dict()
    if as_json:
        click.echo(orjson.dumps(report).decode())
    else:
        show(report, Console())
    hint = ""
    if not report["users"]:
        hint = missing_fields(files[0], chosen, layout)
    elif not report["outcomes"]["users"]:
        hint = (
            f"No user here has the outcome ({chosen.title}): models would learn that nobody ever "
            "does. If the log calls it otherwise, a layout says how: see `replay layout --help`"
        )
    if hint:
        click.echo(hint, err=True)
