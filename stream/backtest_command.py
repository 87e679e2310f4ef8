"""``stream backtest``: how right would the scores have been?"""

from collections.abc import Sequence
from datetime import UTC, datetime

import click
import msgspec
from rich.console import Console
from rich.table import Table

from models import domains
from models.alarms import Alarm
from models.objective import Figures
from stream.backtest import BacktestResult
from stream.backtest import backtest as run
from stream.layout_file import read_layout
from stream.layout_option import layout_option
from stream.missing_fields import missing_fields
from stream.progress import reading_progress
from stream.settings import load


@click.command()
@click.argument("file", type=click.Path(allow_dash=True, dir_okay=False))
@click.option("--domain", required=True, metavar="NAME", help="What to predict.")
@click.option(
    "--warmup",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    metavar="DAYS",
    help="Judge only snapshots taken so many days after the first event.",
)
@click.option(
    "--partitions",
    type=click.IntRange(1),
    default=None,
    help="Partitions of the stream to compare with; WEIR_PARTITIONS, or 4.",
)
@layout_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def backtest(
    file: str,
    domain: str,
    *,
    warmup: float,
    partitions: int | None,
    layout_file: str | None,
    as_json: bool,
) -> None:
    """Run a log FILE (or -) through the engine, and say how right the scores were.

    The same engine as the stream's: the same states, snapshots and labels. Each snapshot is
    predicted with what could be known then, and judged when its label comes.
    """
    chosen = domains.load(domain)
    layout = read_layout(layout_file, chosen) if layout_file else None
    settings = load({"partitions": partitions})
    with reading_progress("backtest") as progress:
        result = run(
            file,
            chosen,
            partitions=settings.partitions,
            warmup_days=warmup,
            layout=layout,
            progress=lambda log, _number: progress(log.bytes_read, log.bytes_total),
        )
    hint = missing_fields(file, chosen, layout) if not result.users else ""
    if hint:
        click.echo(hint, err=True)
    elif not any(figures.labels for figures in by_age(result.metrics).values()):
        click.echo(
            f"No label is known of a snapshot after day {warmup:g}: try a smaller --warmup, or a "
            "longer log.",
            err=True,
        )
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result), indent=2))
    else:
        _show(result)


def _show(result: BacktestResult) -> None:
    console = Console()
    counts = Table(title="Events", show_header=False)
    for name in ("events", "scored", "late", "duplicates", "outcomes", "anonymous", "rejected"):
        counts.add_row(name, f"{getattr(result, name):,}")
    for name in ("users", "snapshots", "labels"):
        counts.add_row(name, f"{getattr(result, name):,}", style="bold")
    rate = result.events / result.seconds if result.seconds else 0.0
    counts.add_row("seconds", f"{result.seconds:.1f}  ({rate:,.0f} events/s)")
    counts.add_row("state digest", result.state_sha256[:16])
    console.print(counts)
    if result.alarms:
        console.print(_alarms(result.alarms))
    ages = {name: by_age(found) for name, found in result.models.items()}
    for age in next(iter(ages.values())):
        at = f", taken at {age}" if age else ""
        figures = Table("figure", title=f"Snapshots after the warm-up{at}")
        for name in ages:
            figures.add_column(name, justify="right")
        rows = [msgspec.structs.asdict(found[age]) for found in ages.values()]
        for figure in rows[0]:
            figures.add_row(figure, *(_cell(row[figure]) for row in rows))
        console.print(figures)


def _alarms(alarms: Sequence[Alarm]) -> Table:
    table = Table(title="Drift alarms")
    for name in ("found", "since", "kind"):
        table.add_column(name, no_wrap=True)
    for name in ("signal", "", "before", "after", "values"):
        table.add_column(name, overflow="fold")
    for alarm in alarms:
        table.add_row(
            day(alarm.event_time),
            day(alarm.since),
            alarm.kind,
            ", ".join((alarm.signal, *alarm.also)),
            alarm.direction,
            f"{alarm.before:.3g}",
            f"{alarm.after:.3g}",
            f"{alarm.values:,}",
        )
    return table


def day(ms: int) -> str:
    """Return the date of a time, UTC.

    >>> day(1_538_352_000_000)
    '2018-10-01'
    """
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


def by_age(found: Figures | dict[str, Figures]) -> dict[str, Figures]:
    """Return figures by age, under an empty name where they are not told apart."""
    return found if isinstance(found, dict) else {"": found}


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
