"""What ``replay demo`` says at its end: the figures of all domains, and a user of each."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table

from models import domains
from replay.demo_figures import Figures
from stream.embedded.mlflow_server import pages
from stream.embedded.stack import LocalStack


async def summary(figures: Sequence[Figures], rates: Sequence[float]) -> RenderableType:
    """Return the summary of a finished run, the domains side by side, with a user of each."""
    columns = [await _column(*pair) for pair in zip(figures, rates, strict=True)]
    table = Table("", *(f"{one.domain}: {domains.load(one.domain).title}" for one in figures))
    for rows in zip_longest(*columns, fillvalue=("", "")):
        table.add_row(max(what for what, _ in rows), *(value for _, value in rows))
    return Group(table, Columns([_one_user(one) for one in figures]))


async def _column(figures: Figures, rate: float) -> list[tuple[str, str]]:
    """Return what is told of one domain: what it is, and its value."""
    position, version, report = await figures.position()
    counts = position.counts
    results = ("scored", "late", "duplicates", "outcomes", "anonymous", "rejected")
    rows = [("events in", f"{counts.records:,}")]
    rows += [(f"  {result}", f"{getattr(counts, result):,}") for result in results]
    p50, p99 = figures.quantile(0.5), figures.quantile(0.99)
    latency = "-"
    if p50 is not None and p99 is not None:
        latency = f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
    rows += [
        ("  unaccounted for", f"{counts.unaccounted:,}"),
        ("users", f"{counts.users:,}"),
        ("snapshots", f"{counts.snapshots:,}"),
        ("labels", f"{counts.labels:,}  ({counts.positives:,} positive)"),
        ("model version", version),
        ("events/s", f"{rate:,.0f}"),
        ("event to score", latency),
    ]
    for row in report:
        age = f", at {row['age']}" if row["age"] else ""
        rows.append(("figures", f"{row['model']}{age}\n{_judged(row['rolling'])}"))
    return rows


def _judged(rolling: Mapping[str, Any]) -> str:
    """Return the figures of the newest labels in a line."""
    if not rolling["labels"]:
        return "no label yet"
    known = {name: "-" if value is None else f"{value:.3f}" for name, value in rolling.items()}
    labels = f"{rolling['labels']:,} labels"
    if "auc" in known:
        return (
            f"AUC {known['auc']}, PR-AUC {known['pr_auc']} (base rate {known['base_rate']}), "
            f"ECE {known['ece']}; {labels}"
        )
    return (
        f"Gini {known['gini']}, bias {known['bias']}, MAE {known['mae']} "
        f"(mean {known['mean_label']}); {labels}"
    )


def _one_user(figures: Figures) -> RenderableType:
    ranking = figures.get(f"/v1/{figures.domain}/users?limit=1")
    user_id = ranking["users"][0]["user_id"]
    path = f"/v1/{figures.domain}/users/{user_id}"
    user = figures.get(path)
    table = Table(title=f"GET {path}: {user['score']:.3f}", show_header=False)
    table.add_row("as of", user["as_of"])
    table.add_row("rank percentile", f"{user['rank_percentile']:.1f}")
    if user["chance_above_zero"] is not None:
        table.add_row("chance above 0", f"{user['chance_above_zero']:.3f}")
    for reason in user["reasons"]:
        table.add_row(f"{reason['effect']:+.2f}", reason["words"])
    return table


def closing_words(stack: LocalStack) -> str:
    """Return what can be done while the stack stays up."""
    tracked = ""
    if stack.mlflow_url.startswith("http"):
        tracked = f" MLflow, with every retraining, is at {pages(stack.mlflow_url)}."
    return (
        f"\nThe live page is at {stack.api_url}, the API's docs at {stack.api_url}/docs.{tracked} "
        f"For `stream` and `replay` in another terminal:\n  set -a; . {stack.env_file}; set +a\n"
        "Ctrl-C stops it all."
    )
