"""``make bench-drift``: how well drift is found, on made-up logs with and without one."""

import os
from concurrent.futures import ProcessPoolExecutor, as_completed

import click
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.drift.rates import Rate, rates
from benchmarks.drift.runs import Run, run
from benchmarks.machine import machine
from models import domains
from models.plan import Plan

#: Users of a log for each of the domain's crowd.
_USERS = 2000


@click.command()
@click.option("--domain", "name", default="churn", show_default=True, help="What is predicted.")
@click.option(
    "--users", type=click.IntRange(1), default=None, help=f"Of each log; {_USERS:,} a crowd."
)
@click.option("--days", default=60, show_default=True, help="Length of each log.")
@click.option("--drift-at", default=30, show_default=True, help="The day of the drift.")
@click.option(
    "--seeds",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="So many logs with a drift, and as many without.",
)
@click.option(
    "--first-seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Of the first log; the limits were set on seeds 1 to 20.",
)
@click.option("--jobs", type=click.IntRange(1), default=None, help="Logs at once; one a processor.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(
    name: str,
    users: int | None,
    days: int,
    drift_at: int,
    seeds: int,
    first_seed: int,
    jobs: int | None,
    *,
    as_json: bool,
) -> None:
    """Make logs, run them through engine, learner and watch, and count the alarms."""
    progress, domain = Console(stderr=True), domains.load(name)
    users = users or _USERS * domain.crowd
    plans = [
        Plan(users=users, days=days, seed=seed, drift_at=drift)
        for seed in range(first_seed, first_seed + seeds)
        for drift in (drift_at, None)
    ]
    progress.print(f"{machine()}\n{len(plans)} logs of {users:,} users and {days} days ...")
    runs: list[Run] = []
    with ProcessPoolExecutor(jobs or os.cpu_count()) as pool:
        for done in as_completed([pool.submit(run, name, plan) for plan in plans]):
            one = done.result()
            runs.append(one)
            drift = "no drift" if one.plan.drift_at is None else f"drift at {one.plan.drift_at}"
            told = ", ".join(f"{a.signal} {a.direction}" for a in one.alarms) or "no alarm"
            progress.print(
                f"{len(runs)}/{len(plans)}: seed {one.plan.seed}, {drift}, {one.seconds:.0f} s: "
                f"{told}",
                highlight=False,
            )
    found = rates(runs)
    if as_json:
        whole = {"machine": machine(), "domain": name, "users": users, "rates": found}
        click.echo(orjson.dumps(whole))
        return
    Console().print(_table(f"{name}: {users:,} users, {days} days, drift at {drift_at}", found))


def _table(title: str, found: list[Rate]) -> Table:
    table = Table("alarms", "found", "days", "labels or snapshots", "false", "per 60 days")
    table.title = title
    for rate in found:
        table.add_row(
            rate.name,
            f"{rate.found} of {rate.drifting}",
            "-" if rate.days is None else f"{rate.days:.1f}",
            "-" if rate.values is None else f"{rate.values:,.0f}",
            f"{rate.false_alarms} in {rate.calm}",
            f"{rate.per_60_days:.2f}",
        )
    return table


if __name__ == "__main__":
    main()
