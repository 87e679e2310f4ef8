"""A bake-off, for people."""

from collections.abc import Sequence

import numpy as np
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


def summary(found: Sequence[Bakeoff]) -> Table:
    """Return means over several logs; the error of a difference is that of its mean over logs."""
    heats = [heat for bakeoff in found for heat in bakeoff.heats]
    chances = isinstance(heats[0].entries[0].figures, BinaryMetrics)
    shown = Table("age", "recipe", title=f"Means over {len(found)} logs")
    names = ("ECE", "log loss") if chances else ("bias", "its size", "decile MAPE")
    for name in ("AUC" if chances else "Gini", "against champion", *names):
        shown.add_column(name, justify="right")
    for age in dict.fromkeys(heat.age for heat in heats):
        by_log = [heat.entries for heat in heats if heat.age == age]
        for number, entries in enumerate(zip(*by_log, strict=True)):
            apart = np.array([entry.difference for entry in entries])
            error = float(apart.std(ddof=1)) / len(apart) ** 0.5
            figures = [f"{mean:.4f}" for mean in _means(entries)]
            shown.add_row(
                "" if number else age,
                entries[0].recipe,
                figures[0],
                f"{apart.mean():+.4f} +-{error:.4f}",
                *figures[1:],
                style="bold" if not number else None,
                end_section=number == len(by_log[0]) - 1,
            )
    return shown


def _means(entries: Sequence[Entry]) -> list[float]:
    rows: list[tuple[float, ...]] = []
    for entry in entries:
        m = entry.figures
        if isinstance(m, BinaryMetrics):
            rows.append((m.auc or 0.0, m.ece or 0.0, m.log_loss or 0.0))
        else:
            bias = m.bias or 0.0
            rows.append((m.gini or 0.0, bias, abs(bias), m.decile_mape or 0.0))
    return [float(mean) for mean in np.mean(rows, axis=0)]


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
