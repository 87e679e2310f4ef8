"""``make bench-retraining``: what retraining gives after a drift."""

from statistics import mean, stdev

import click
import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.retraining.alone import play_alone
from benchmarks.retraining.figures import Story, story
from benchmarks.retraining.played import play
from models.plan import Plan


@click.command()
@click.option("--seeds", default=5, show_default=True, help="Logs, from seed 1 on.")
@click.option("--first-seed", default=1, show_default=True, help="Of the first log.")
@click.option("--users", default=2000, show_default=True, help="Of each log.")
@click.option("--days", default=80, show_default=True, help="Length of each log.")
@click.option("--drift-at", default=30, show_default=True, help="The day of the drift.")
@click.option(
    "--alone",
    is_flag=True,
    help="Without standing challengers, in one process: what retraining gives by itself.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(
    *,
    seeds: int,
    first_seed: int,
    users: int,
    days: int,
    drift_at: int,
    alone: bool,
    as_json: bool,
) -> None:
    """Play logs that drift through broker, worker and trainer, and again without the trainer.

    Judged are the snapshots from ten days after the drift on, when first labels can be known, whose
    whole horizon lies in the log.
    """
    progress, found = Console(stderr=True), list[Story]()
    player = play_alone if alone else play
    progress.print(f"{machine()}\n{seeds} logs of {users:,} users and {days} days, twice each ...")
    for seed in range(first_seed, first_seed + seeds):
        plan = Plan(users, days, seed, drift_at=drift_at)
        on, off = (player(plan, retraining=whether) for whether in (True, False))
        one = story(plan, on, off, drift_at + 10)
        found.append(one)
        progress.print(f"seed {seed}: {_line(one)}", highlight=False)
    if as_json:
        click.echo(msgspec.json.encode({"machine": machine(), "stories": found}))
        return
    Console(width=140).print(_table(found))


def _line(one: Story) -> str:
    parts = [
        f"alarm {one.alarm}",
        f"challenger {one.challenged}",
        f"promoted {_named(one.promoted)}",
        f"rolled back {_named(one.rolled_back)}",
        f"promoted without a trainer {_named(one.promoted_off)}",
        f"AUC {one.on:.4f}, off {one.off:.4f}, unchanged {one.unchanged:.4f}",
    ]
    return "; ".join(parts)


def _named(found: list[tuple[float, str]]) -> str:
    return ", ".join(f"{model} (day {day})" for day, model in found) or "-"


def _table(found: list[Story]) -> Table:
    table = Table("seed", "alarm", "challenger", "promoted", "promoted, off")
    for title in ("on", "off", "unchanged"):
        table.add_column(title)
    for title in ("on - off", "on - unchanged"):
        table.add_column(title)
    for one in found:
        table.add_row(
            str(one.seed),
            "-" if one.alarm is None else f"day {one.alarm}",
            "-" if one.challenged is None else f"day {one.challenged}",
            _named(one.promoted),
            _named(one.promoted_off),
            *(f"{auc:.4f}" for auc in (one.on, one.off, one.unchanged)),
            f"{one.on - one.off:+.4f}",
            f"{one.on - one.unchanged:+.4f}",
        )
    if len(found) > 1:
        gains = [one.on - one.off for one in found], [one.on - one.unchanged for one in found]
        told = [f"{mean(gain):+.4f} (sd {stdev(gain):.4f})" for gain in gains]
        table.add_section()
        table.add_row("mean", *[""] * 7, *told)
    return table


if __name__ == "__main__":
    main()
