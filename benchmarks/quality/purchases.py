"""The models of amounts on a real log of purchases, beside trees retrained every day."""

import warnings
from functools import partial

import click
import msgspec
from rich.console import Console

from benchmarks.machine import machine
from benchmarks.quality.amount_cohort import collect_amounts
from benchmarks.quality.amount_figures import NothingToJudge, compare_amounts
from benchmarks.quality.amount_view import table, verdict
from benchmarks.quality.purchase_log import BadPurchases, as_events
from benchmarks.quality.quarter import QuarterRevenue
from models import domains
from stream.logfile import LogFile
from stream.logsource import LogError


@click.command()
@click.argument("file")
@click.option("--customers", type=int, help="Only so many customers, those who bought first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(*, file: str, customers: int | None, as_json: bool) -> None:
    """Judge the models of amounts on FILE, a log of real purchases.

    FILE has a row a purchase: cust, date (YYYY-MM-DD), usd; CSV, Parquet or JSON lines, plain or
    compressed, in any order. A customer's first purchase is the install, and counts as paid a
    second later.

    \b
    Two horizons:
      7 days    the installed revenue domain as it is; at its first snapshot nothing is paid yet
      90 days   longer windows; its first snapshot is a minute after the first purchase

    Judged are the snapshots after a third of the customers, by models and opponents as in
    `python -m benchmarks.quality --domain revenue`. Opponents learn from whole labels: with 90 days
    they know none for the first 90, while the online models learn each window when it is over.

    \b
    Example:
      python -m benchmarks.quality.purchases cdnow_transactions.csv.zst
    """  # noqa: D301 - click looks for the character itself
    warnings.simplefilter("ignore")  # scikit-learn's, on days with few positives
    progress, out, comparisons = Console(stderr=True), Console(width=130), []
    try:
        events = as_events((row for _, row in LogFile(file)), customers)
        for domain in (domains.load("revenue"), QuarterRevenue()):
            progress.print(f"{domain.title}: running engine and learner ...")
            cohorts = collect_amounts(domain, events)
            progress.print(f"{domain.title}: retraining the opponents for every day:")
            name = f"{file}: {domain.title}"
            found = compare_amounts(name, cohorts, partial(progress.print, "  "))
            comparisons.append(found)
            if not as_json:
                out.print(table(found))
                out.print(verdict(found) + "\n")
    except (BadPurchases, LogError, NothingToJudge) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(msgspec.json.encode({"machine": machine(), "logs": comparisons}))


if __name__ == "__main__":
    main()
