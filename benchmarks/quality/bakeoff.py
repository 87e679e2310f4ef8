"""Every recipe of a domain, in use or a candidate, on the same snapshots of the same logs."""

import time
from functools import partial

import click
import msgspec
from rich.console import Console

from benchmarks.machine import machine
from benchmarks.quality.bakeoff_figures import judge
from benchmarks.quality.bakeoff_view import summary, table
from benchmarks.quality.logs import USERS, WARMUP, logs, planned
from benchmarks.quality.rerun import Rerun
from models import domains
from models.errors import UnknownDomain
from stream.logsource import LogError


@click.command()
@click.argument("files", nargs=-1)
@click.option("--domain", default="churn", show_default=True, help="What is predicted.")
@click.option("--generate", "seeds", multiple=True, type=int, help="Seed of a log to generate.")
@click.option("--users", type=int, help=f"Users of generated logs; {USERS} for each of a crowd.")
@click.option("--days", type=int, help="Days of generated logs.")
@click.option(
    "--drift-at", type=int, metavar="DAY", help="In generated logs, users change from this day on."
)
@click.option("--warmup", default=WARMUP, show_default=True, help="Judge chances after this day.")
@click.option("--recipe", "only", multiple=True, help="Only the champion and this one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(
    *,
    files: tuple[str, ...],
    domain: str,
    seeds: tuple[int, ...],
    users: int | None,
    days: int | None,
    drift_at: int | None,
    warmup: int,
    only: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compare all recipes of a domain on FILES, generated logs, or both.

    A log is played once through engine and learner. Each recipe then meets its examples again, in
    their order and with their delay: it predicts a snapshot with what it had learnt by then.

    \b
    Examples:
      python -m benchmarks.quality.bakeoff events.jsonl.zst
      python -m benchmarks.quality.bakeoff --generate 1 --generate 2 --users 400
      python -m benchmarks.quality.bakeoff --domain revenue --generate 1 --users 20000
    """  # noqa: D301 - click looks for the character itself
    try:
        chosen = domains.load(domain)
        plans = planned(chosen, seeds if files or seeds else (1,), users, days, drift_at)
    except (UnknownDomain, ValueError) as error:
        raise click.UsageError(str(error)) from error
    first, *others = (*chosen.recipes, *chosen.candidates)
    unknown = set(only) - {recipe.name for recipe in others}
    if unknown:
        raise click.UsageError(f"no such recipe: {', '.join(sorted(unknown))}")
    recipes = [first, *(recipe for recipe in others if not only or recipe.name in only)]
    progress, out, found = Console(stderr=True), Console(width=140), []
    tell = partial(progress.print, "  ")
    try:
        for name, records in logs(files, chosen, plans):
            began = time.perf_counter()
            progress.print(f"{name}: running engine and learner ...")
            bakeoff = judge(name, Rerun(chosen, records), chosen, recipes, warmup, tell)
            progress.print(f"{name}: done in {time.perf_counter() - began:.0f} s")
            if not bakeoff.heats:
                raise click.ClickException(f"{name}: nothing to judge; take a longer log")
            found.append(bakeoff)
            if not as_json:
                out.print(table(bakeoff))
    except LogError as error:
        raise click.ClickException(str(error)) from error
    if len(found) > 1 and not as_json:
        out.print(summary(found))
    if as_json:
        click.echo(msgspec.json.encode({"machine": machine(), "logs": found}))


if __name__ == "__main__":
    main()
