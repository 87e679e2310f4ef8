"""A comparison of models of amounts, for people."""

from rich.table import Table

from benchmarks.quality.amount_figures import AmountComparison, AmountRow, AtAge
from benchmarks.quality.amount_opponents import OPPONENTS
from benchmarks.quality.chance_view import met

#: The aims: Gini below the best opponent's by no more than this; bias and decile MAPE within these.
MAX_BEHIND, MAX_BIAS, MAX_MAPE = 0.02, 0.10, 0.35

#: The ages of which the aims are; of a log without any of them, all are.
AIMED = ("install", "24h")

_BEST, _BEST_SAID = "*", "the best opponent, by Gini, chosen in hindsight"

_UNTAUGHT = "all trees (no label known)"


def table(found: AmountComparison) -> Table:
    """Return the figures of every model at every age."""
    names = ("Gini", "of rest", "Spearman", "decile MAPE", "bias", "MAE", "top 10%")
    shown = Table("age", "model", title=found.log, caption=f"{_BEST}: {_BEST_SAID}")
    for name in names:
        shown.add_column(name, justify="right")
    for at in found.ages:
        rows = _shown(at)
        for number, (name, row) in enumerate(rows):
            shown.add_row(
                "" if number else at.age,
                name,
                *_figures(row),
                style="bold" if row.online else None,
                end_section=number == len(rows) - 1,
            )
    return shown


def _shown(at: AtAge) -> list[tuple[str, AmountRow]]:
    """Return the rows with their names; opponents who knew no label all say the same, once."""
    if at.labels_known[1]:
        return [(row.model + f" {_BEST}" * (row.model == at.best), row) for row in at.rows]
    return [
        (_UNTAUGHT if row.model == at.best else row.model, row)
        for row in at.rows
        if row.model == at.best or row.model not in OPPONENTS
    ]


def _figures(row: AmountRow) -> list[str]:
    m = row.metrics
    return [
        "" if figure is None else form.format(figure)
        for form, figure in (
            ("{:.3f}", m.gini),
            ("{:.3f}", row.rest_gini),
            ("{:.3f}", m.spearman),
            ("{:.3f}", m.decile_mape),
            ("{:+.1%}", m.bias),
            ("{:.3f}", m.mae),
            ("{:.1%}", m.top_decile_share),
        )
    ]


def verdict(found: AmountComparison) -> str:
    """Say what the champion's figures are worth, and at the ages aimed at, which aims it meets."""
    aimed = [at.age for at in found.ages if at.age in AIMED] or [at.age for at in found.ages]
    return "\n".join(_verdict(at, is_aimed=at.age in aimed) for at in found.ages)


def _verdict(at: AtAge, *, is_aimed: bool) -> str:
    m, noise, (first, last) = at.rows[0].metrics, at.noise, at.labels_known
    bias, mape = m.bias or 0.0, m.decile_mape or 0.0

    def aim(text: str, *, is_met: bool) -> str:
        return f" (aim {text}: {met(is_met)})" if is_aimed else ""

    lines = [f"At {at.age}: {m.labels:,} snapshots, {m.positives:,} with an amount; labels known "]
    lines[0] += f"on the first judged day {first:,}, on the last {last:,}"
    lines += [f"  Gini {m.gini or 0.0:.3f} +-{noise.gini:.3f}; {at.difference:+.3f} "]
    lines[1] += f"+-{noise.difference:.3f} against "
    lines[1] += f"the best: {at.best}" if last else _UNTAUGHT
    lines[1] += aim(f">= -{MAX_BEHIND}", is_met=at.difference >= -MAX_BEHIND)
    lines += [f"  bias {bias:+.1%} +-{noise.bias:.1%}"]
    lines[2] += aim(f"within {MAX_BIAS:.0%}", is_met=abs(bias) <= MAX_BIAS)
    lines += [f"  decile MAPE {mape:.3f}" + aim(f"< {MAX_MAPE}", is_met=mape < MAX_MAPE)]
    lines[3] += f"; of a calibrated model with this ranking, by luck alone, {at.lucky.median:.3f}"
    lines[3] += f" (in one log of twenty above {at.lucky.seldom:.3f})"
    return "\n".join(lines)
