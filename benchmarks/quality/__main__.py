"""``make bench-quality``: the online models beside models retrained from scratch every day."""

import time
import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.quality import amount_view, chance_view
from benchmarks.quality.amount_cohort import collect_amounts
from benchmarks.quality.amount_figures import AmountComparison, NothingToJudge, compare_amounts
from benchmarks.quality.cohort import collect
from benchmarks.quality.figures import Comparison, compare
from benchmarks.quality.logs import WARMUP, logs, planned
from models import domains
from models.domain import Domain
from models.errors import UnknownDomain
from stream.logsource import LogError
from stream.settings import Settings, load


def _judged(
    name: str,
    records: Iterator[bytes],
    domain: Domain[Any, Any],
    warmup: int,
    settings: Settings | None,
    progress: Console,
) -> tuple[Comparison | AmountComparison, Table, str]:
    """Return what was found, its table, and the verdict."""
    progress.print(f"{name}: running engine and learner ...")
    tell = partial(progress.print, "  ", highlight=False)
    if domain.objective.kind == "amount":
        cohorts = collect_amounts(domain, records, settings, tell)
        progress.print(f"{name}: retraining the opponents for every day:")
        amounts = compare_amounts(name, cohorts, tell)
        return amounts, amount_view.table(amounts), amount_view.verdict(amounts)
    cohort = collect(domain, records, settings, tell)
    progress.print(f"{name}: retraining the opponents for every day:")
    chances = compare(name, cohort, warmup, tell)
    return chances, chance_view.table(chances), chance_view.verdict(chances)


@click.command()
@click.argument("files", nargs=-1)
@click.option("--domain", default="churn", show_default=True, help="What is predicted.")
@click.option("--generate", "seeds", multiple=True, type=int, help="Seed of a log to generate.")
@click.option(
    "--users",
    type=int,
    help="Users of generated logs; 300, or 3,000 for a domain that needs a crowd (revenue).",
)
@click.option(
    "--days", type=int, help="Days of generated logs; 62, or 60 for domains that predict an amount."
)
@click.option(
    "--drift-at", type=int, metavar="DAY", help="In generated logs, users change from this day on."
)
@click.option(
    "--warmup",
    type=int,
    help="Judge snapshots after this day; 20. Amounts are judged after a third of the users.",
)
@click.option(
    "--retraining/--no-retraining",
    default=True,
    show_default=True,
    help="Whether models are retrained, on the schedule and on drift (WEIR_RETRAIN_...).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(
    *,
    files: tuple[str, ...],
    domain: str,
    seeds: tuple[int, ...],
    users: int | None,
    days: int | None,
    drift_at: int | None,
    warmup: int | None,
    retraining: bool,
    as_json: bool,
) -> None:
    """Judge the online models of a domain on FILES, generated logs, or both.

    Every model meets the same snapshots. The online ones predict when a snapshot is taken, as in
    production, and are retrained when production would do it; "as served" is what whoever was
    champion has said. The opponents are retrained every midnight on all labels known by then.
    Without FILES, one log is generated.

    \b
    Domains that predict a chance (churn): logistic regression and trees; snapshots after --warmup.
    Domains that predict an amount (revenue): trees, for each age of a snapshot; snapshots after a
    third of the users have had their first event, whose label is due within the log.

    \b
    Examples:
      python -m benchmarks.quality events.jsonl.zst
      python -m benchmarks.quality --generate 1 --generate 2 --users 500
      python -m benchmarks.quality --domain revenue --generate 1 --users 20000 --drift-at 30
    """  # noqa: D301 - click looks for the character itself
    warnings.simplefilter("ignore")  # scikit-learn's, on days with few positives
    try:
        chosen = domains.load(domain)
        kind = chosen.objective.kind
        plans = planned(chosen, seeds if files or seeds else (1,), users, days, drift_at)
    except (UnknownDomain, ValueError) as error:
        raise click.UsageError(str(error)) from error
    if kind == "amount" and warmup is not None:
        raise click.UsageError("--warmup is for domains that predict a chance")
    warmup = WARMUP if warmup is None else warmup
    settings = load() if retraining else None
    try:
        found = [
            _report(log, chosen, warmup, settings, as_json=as_json)
            for log in logs(files, chosen, plans)
        ]
    except (LogError, NothingToJudge) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        judged_after = {"warmup_days": warmup} if kind == "chance" else {}
        click.echo(msgspec.json.encode({"machine": machine(), **judged_after, "logs": found}))


def _report(
    log: tuple[str, Iterator[bytes]],
    domain: Domain[Any, Any],
    warmup: int,
    settings: Settings | None,
    *,
    as_json: bool,
) -> Comparison | AmountComparison:
    """Judge a log, say how long it took, and print what was found."""
    started = time.perf_counter()
    progress = Console(stderr=True)
    found, table, verdict = _judged(*log, domain, warmup, settings, progress)
    progress.print(f"{log[0]}: done in {time.perf_counter() - started:.0f} s")
    if not as_json:
        out = Console(width=130)
        out.print(table)
        out.print(verdict + "\n")
    return found


if __name__ == "__main__":
    main()
