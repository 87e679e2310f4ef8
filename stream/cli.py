"""The command ``stream``."""

import asyncio
import sys

import click
import msgspec
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from models import domains
from models.errors import WeirError
from stream import logs, settings as settings_module
from stream.backtest import BacktestResult, backtest
from stream.bootstrap import run_worker
from stream.doctor import doctor
from stream.local import local
from stream.logfile import LogFile
from stream.progress import reading_progress


class Commands(click.Group):
    """Turns Weir's own errors into one line and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except WeirError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="weir", prog_name="stream")
def main() -> None:
    """Score users as their events arrive.

    \b
    A first try, with nothing else installed:
      stream local                          broker, Redis, worker and API on this machine
      replay send LOG.jsonl --domain churn  (in another terminal) events flow
    Settings are environment variables WEIR_*; `stream doctor` checks them.
    """


@main.command()
def worker() -> None:
    """Run a worker: reads events, scores them, learns from the outcomes.

    Several may run at once; Kafka shares the partitions out. Ctrl-C or SIGTERM finishes the
    chunk in flight and stops cleanly. Exit codes: 0 stopped, 1 failed (the log says why), 70
    stuck and ended by its watchdog: start it again.
    """
    settings = settings_module.load()
    logs.configure(settings)
    try:
        code = asyncio.run(run_worker(settings))
    except KafkaError as error:
        raise click.ClickException(
            f"no broker answers at {settings.broker_url} ({error}); `stream doctor` says more"
        ) from error
    sys.exit(code)


@main.command(name="domains")
def list_domains() -> None:
    """List the installed domains: what each predicts, and with which models."""
    table = Table("domain", "predicts", "features", "champion", "challengers")
    for name in domains.names():
        domain = domains.load(name)
        champion, *others = (recipe.name for recipe in domain.recipes)
        features = str(len(domain.feature_names))
        table.add_row(name, domain.title, features, champion, ", ".join(others))
    Console().print(table)


@main.command(name="backtest")
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
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def run_backtest(
    file: str, domain: str, *, warmup: float, partitions: int | None, as_json: bool
) -> None:
    """Run a log FILE (or -) through the engine, and say how right the scores were.

    The same engine as the stream's: the same states, snapshots and labels. Each snapshot is
    predicted with what could be known then, and judged when its label comes.
    """
    chosen = domains.load(domain)
    settings = settings_module.load({"partitions": partitions})
    with reading_progress("backtest") as progress:
        result = backtest(
            file,
            chosen,
            partitions=settings.partitions,
            warmup_days=warmup,
            progress=lambda log, _number: progress(log.bytes_read, log.bytes_total),
        )
    if not result.metrics.labels:
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
    figures = Table("model", *(result.metrics.__struct_fields__), title="After the warm-up")
    for name, metrics in result.models.items():
        values = msgspec.structs.astuple(metrics)
        cells = (
            "-" if v is None else f"{v:.4f}" if isinstance(v, float) else str(v) for v in values
        )
        figures.add_row(name, *cells)
    console.print(figures)


main.add_command(local)
main.add_command(doctor)
