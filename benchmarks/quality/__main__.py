"""``make bench-quality``: the online models beside models retrained from scratch every day."""

import time
import warnings
from collections.abc import Iterator
from functools import partial

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.quality.cohort import collect
from benchmarks.quality.figures import Comparison, compare
from models import domains
from replay.generate import load as load_maker
from replay.generate.plan import Plan
from stream.logfile import LogFile

#: The aims: AUC below the best opponent's by no more than this, and ECE no more than that.
MAX_BEHIND, MAX_ECE = 0.01, 0.02


def _logs(
    files: tuple[str, ...], domain: str, seeds: tuple[int, ...], users: int, days: int
) -> Iterator[tuple[str, Iterator[bytes]]]:
    for path in files:
        yield path, (record for _, record in LogFile(path))
    for seed in seeds:
        plan = Plan(users=users, days=days, seed=seed)
        name = f"generated: {users} users, {days} days, seed {seed}"
        yield name, (line for _, line in load_maker(domain)(plan))


def _table(found: Comparison) -> Table:
    title = f"{found.log}: {found.rows[0].metrics.labels:,} snapshots of {found.users} users"
    table = Table("model", "AUC", "PR-AUC", "log loss", "ECE", "ECE wide", "mean/base", "lift 10%")
    table.title = title
    for row in found.rows:
        m = row.metrics
        figures = (m.auc, m.pr_auc, m.log_loss, m.ece, row.ece_wide)
        means = (m.mean_prediction or 0.0) / (m.base_rate or 1.0)
        table.add_row(
            row.model,
            *("" if figure is None else f"{figure:.4f}" for figure in figures),
            f"{means:.2f}",
            "" if m.lift_top_decile is None else f"{m.lift_top_decile:.2f}",
            style="bold" if row.online else None,
        )
    return table


def _verdict(found: Comparison) -> str:
    ece = found.rows[0].metrics.ece or 0.0
    lines = [
        f"  {against.difference:+.4f} +-{against.noise:.4f} against the best {against.opponents}: "
        f"{against.best} (aim >= -{MAX_BEHIND}: {_met(against.difference >= -MAX_BEHIND)})"
        for against in found.against
    ]
    return "\n".join(
        [
            f"The champion's AUC, known to +-{found.auc_noise:.3f}:",
            *lines,
            f"Its ECE: {ece:.4f} (aim <= {MAX_ECE}: {_met(ece <= MAX_ECE)})",
            f"The ECE of a perfectly calibrated one, by chance alone: {found.ece_floor:.4f}",
        ]
    )


def _met(met: bool) -> str:
    return "met" if met else "MISSED"


@click.command()
@click.argument("files", nargs=-1)
@click.option("--domain", default="churn", show_default=True, help="What is predicted.")
@click.option("--generate", "seeds", multiple=True, type=int, help="Seed of a log to generate.")
@click.option("--users", default=300, show_default=True, help="Users of generated logs.")
@click.option("--days", default=62, show_default=True, help="Days of generated logs.")
@click.option("--warmup", default=20, show_default=True, help="Judge snapshots after this day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(
    *,
    files: tuple[str, ...],
    domain: str,
    seeds: tuple[int, ...],
    users: int,
    days: int,
    warmup: int,
    as_json: bool,
) -> None:
    r"""Judge the online models of a domain on FILES, generated logs, or both.

    Every model meets the same snapshots. The online ones predict when a snapshot is taken, as in
    production; the opponents are retrained every midnight on all labels known by then. Without
    FILES, one log is generated.

    \b
    Examples:
      python -m benchmarks.quality events.jsonl.zst
      python -m benchmarks.quality --generate 1 --generate 2 --users 500
    """
    warnings.simplefilter("ignore")  # scikit-learn's, on days with few positives
    progress, out = Console(stderr=True), Console(width=130)
    comparisons = []
    for name, records in _logs(files, domain, seeds if files or seeds else (1,), users, days):
        started = time.perf_counter()
        progress.print(f"{name}: running engine and learner ...")
        cohort = collect(domains.load(domain), records)
        progress.print(f"{name}: retraining the opponents for every day:")
        tell = partial(progress.print, "  ")
        comparisons.append(compare(name, cohort, warmup, tell))
        progress.print(f"{name}: done in {time.perf_counter() - started:.0f} s")
        if not as_json:
            out.print(_table(comparisons[-1]))
            out.print(_verdict(comparisons[-1]) + "\n")
    if as_json:
        found = {"machine": machine(), "warmup_days": warmup, "logs": comparisons}
        click.echo(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
