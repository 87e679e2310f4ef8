"""A bake-off, for people."""

from rich.table import Table

from benchmarks.quality.bakeoff_figures import Bakeoff, Entry
from models.metrics import BinaryMetrics

_CHANCE = ("AUC", "PR-AUC", "log loss", "ECE", "mean/base")
_AMOUNT = ("Gini", "Spearman", "bias", "decile MAPE", "MAE")


def table(found: Bakeoff) -> Table:
    """Return the figures of every recipe."""
    chances = isinstance(found.heats[0].entries[0].figures, BinaryMetrics)
    shown = Table("age", "recipe", title=found.log)
    headline, *others = _CHANCE if chances else _AMOUNT
    for name in (headline, "against champion", *others, "learn us", "predict us"):
        shown.add_column(name, justify="right")
    for heat in found.heats:
        for number, entry in enumerate(heat.entries):
            shown.add_row(
                "" if number else heat.age,
                entry.recipe,
                *_figures(entry),
                f"{entry.learn_us:.0f}",
                f"{entry.predict_us:.1f}",
                style="bold" if not number else None,
                end_section=number == len(heat.entries) - 1,
            )
    return shown


def _figures(entry: Entry) -> list[str]:
    m, apart = entry.figures, f"{entry.difference:+.4f} +-{entry.noise:.4f}"
    if isinstance(m, BinaryMetrics):
        ratio = (m.mean_prediction or 0.0) / (m.base_rate or 1.0)
        figures = [_form("{:.4f}", figure) for figure in (m.auc, m.pr_auc, m.log_loss, m.ece)]
        return [figures[0], apart, *figures[1:], f"{ratio:.2f}"]
    forms = ("{:.4f}", "{:.3f}", "{:+.1%}", "{:.3f}", "{:.3f}")
    of = (m.gini, m.spearman, m.bias, m.decile_mape, m.mae)
    figures = [_form(form, figure) for form, figure in zip(forms, of, strict=True)]
    return [figures[0], apart, *figures[1:]]


def _form(form: str, figure: float | None) -> str:
    return "" if figure is None else form.format(figure)
