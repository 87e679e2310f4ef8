"""A comparison of models of a chance, for people."""

from rich.table import Table

from benchmarks.quality.figures import Comparison

#: The aims: AUC not below the best opponent's, and ECE no more than this.
MAX_ECE = 0.015


def table(found: Comparison) -> Table:
    """Return the figures of every model."""
    title = f"{found.log}: {found.rows[0].metrics.labels:,} snapshots of {found.users} users"
    shown = Table("model", "AUC", "PR-AUC", "log loss", "ECE", "ECE wide", "mean/base", "lift 10%")
    shown.title = title
    for row in found.rows:
        m = row.metrics
        figures = (m.auc, m.pr_auc, m.log_loss, m.ece, row.ece_wide)
        means = (m.mean_prediction or 0.0) / (m.base_rate or 1.0)
        shown.add_row(
            row.model,
            *("" if figure is None else f"{figure:.4f}" for figure in figures),
            f"{means:.2f}",
            "" if m.lift_top_decile is None else f"{m.lift_top_decile:.2f}",
            style="bold" if row.online else None,
        )
    return shown


def verdict(found: Comparison) -> str:
    """Say what the champion's figures are worth, and which aims it meets."""
    ece = found.rows[0].metrics.ece or 0.0
    lines = [
        f"  {against.difference:+.4f} +-{against.noise:.4f} against the best {against.opponents}: "
        f"{against.best} (aim >= 0: {met(against.difference >= 0)})"
        for against in found.against
    ]
    return "\n".join(
        [
            f"The champion's AUC, known to +-{found.auc_noise:.3f}:",
            *lines,
            f"Its ECE: {ece:.4f} (aim <= {MAX_ECE}: {met(ece <= MAX_ECE)})",
            f"The ECE of a perfectly calibrated one, by chance alone: {found.ece_floor:.4f}",
        ]
    )


def met(is_met: bool) -> str:
    """Return how an aim is reported."""
    return "met" if is_met else "MISSED"
