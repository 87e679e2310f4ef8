"""``make bench-quality ARGS=LOG``: AUC, PR-AUC, ECE and lift, online against daily retraining.

The online predictions are those of a backtest: made at the snapshot's time, by models that had
learnt what could be known then. The batch opponents see the same features.
"""

import tempfile
from pathlib import Path

import click
import msgspec
import numpy as np
import orjson
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.quality.opponents import DAY_MS, OPPONENTS, predict_daily
from models import domains
from models.effects import Example
from models.metrics import BinaryMetrics, evaluate
from replay.generate import load as load_maker
from replay.generate.plan import Plan
from stream.backtest import Backtest
from stream.logfile import LogFile

_COLUMNS = ("auc", "pr_auc", "ece", "lift_top_decile", "log_loss", "mean_prediction", "base_rate")


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--seed", default=1, show_default=True, help="Of the log made when no FILE is given.")
@click.option("--users", default=600, show_default=True, help="Of the log made.")
@click.option("--days", default=60, show_default=True, help="Of the log made.")
@click.option("--after", default=20.0, show_default=True, help="Judge snapshots after this day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def main(
    *, file: str | None, seed: int, users: int, days: int, after: float, as_json: bool
) -> None:
    """Compare the models of churn on a log FILE, or on a generated one."""
    with tempfile.TemporaryDirectory() as directory:
        log = Path(file) if file else Path(directory) / "log.jsonl"
        if not file:
            plan = Plan(users=users, days=days, seed=seed)
            log.write_bytes(b"".join(line for _, line in load_maker("churn")(plan)))
        results = compare(str(log), after)
    name = Path(file).name if file else f"generated: {users} users, {days} days, seed {seed}"
    if as_json:
        click.echo(orjson.dumps({name: {k: msgspec.to_builtins(v) for k, v in results.items()}}))
        return
    count = next(iter(results.values()))
    table = Table("model", *_COLUMNS, title=f"{name}\n{machine()}")
    for model, metrics in results.items():
        figures = (getattr(metrics, column) for column in _COLUMNS)
        table.add_row(model, *("-" if v is None else f"{v:.3f}" for v in figures))
    table.caption = f"{count.labels:,} snapshots after day {after:g}, {count.positives:,} positive"
    Console(width=110).print(table)


def compare(path: str, after: float) -> dict[str, BinaryMetrics]:
    """Return the figures of every model over the snapshots after that day."""
    domain = domains.load("churn")
    examples: list[Example] = []
    run = Backtest(domain, partitions=1, on_example=examples.append)
    for number, record in LogFile(path):
        run.feed(number, record)
    examples.sort(key=lambda example: (example.at, example.user_id))
    at = np.array([example.at for example in examples], dtype=np.int64)
    features = np.array([list(example.features.values()) for example in examples])
    labels = np.array([example.label for example in examples])
    judged = at >= int(at.min()) - DAY_MS + after * DAY_MS
    results = {}
    for recipe in domain.recipes:
        predictions = np.array([example.predictions[recipe.name] for example in examples])
        results[f"{recipe.name} (online)"] = evaluate(predictions[judged], labels[judged])
    for name, build in OPPONENTS.items():
        predictions = predict_daily(build, at, features, labels, domain.horizon + domain.grace)
        results[name] = evaluate(predictions[judged], labels[judged])
    return results


if __name__ == "__main__":
    main()
