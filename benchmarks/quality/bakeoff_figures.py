"""The figures of every recipe on one log, beside the present champion's."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from benchmarks.quality.daily import DAY_MS, Floats, Times
from benchmarks.quality.rerun import Rerun
from benchmarks.quality.resampling import resamples
from models.domain import Domain
from models.objective import Figures, Objective
from models.recipes import Recipe


class Entry(msgspec.Struct):
    """One recipe on the judged snapshots of one age.

    Attributes:
        recipe: its name.
        figures: of its predictions.
        difference: its headline figure (AUC or Gini) minus the champion's.
        noise: standard error of that, by resampling users.
        learn_us: mean cost of learning an example, in microseconds, on this machine.
        predict_us: mean cost of a prediction, likewise.
    """

    recipe: str
    figures: Figures
    difference: float
    noise: float
    learn_us: float
    predict_us: float


class Heat(msgspec.Struct):
    """All recipes on the judged snapshots of one age.

    Attributes:
        age: its name; empty where the domain has but one.
        entries: the champion first.
    """

    age: str
    entries: list[Entry]


class Bakeoff(msgspec.Struct):
    """All recipes on one log.

    Attributes:
        log: its name.
        heats: by age, in order.
    """

    log: str
    heats: list[Heat]


def judge(
    name: str,
    rerun: Rerun,
    domain: Domain[Any, Any],
    recipes: Sequence[Recipe],
    warmup_days: int,
    tell: Callable[[str], None],
) -> Bakeoff:
    """Let every recipe meet the log; return their figures, those of the first to compare with.

    Args:
        name: of the log.
        rerun: the log.
        domain: what is predicted.
        recipes: the champion first.
        warmup_days: chances are judged after so many days; amounts after a third of the users.
        tell: told of each recipe, because they take a while.
    """
    by_chance = domain.objective.kind == "chance"
    judged = rerun.judged(rerun.start + warmup_days * DAY_MS if by_chance else rerun.third)
    ages, met = np.array([e.age for e in rerun.snapshots]), {}
    for recipe in recipes:
        tell(recipe.name)
        met[recipe.name] = rerun.meet(recipe)
    champion, heats = met[recipes[0].name].predictions, []
    for age, title in enumerate(domain.ages):
        rows = np.flatnonzero(judged & (ages == age))
        if not len(rows):
            continue
        labels, users = rerun.labels[rows], rerun.users[rows]
        entries = []
        for recipe_name, found in met.items():
            own = found.predictions[rows]
            paired = _paired(domain.objective, own, champion[rows], labels, users)
            figures = domain.objective.evaluate(own.tolist(), labels.tolist())
            entries.append(Entry(recipe_name, figures, *paired, found.learn_us, found.predict_us))
        heats.append(Heat(title, entries))
    return Bakeoff(name, heats)


def _paired(
    objective: Objective, own: Floats, other: Floats, labels: Floats, users: Times
) -> tuple[float, float]:
    """Return by how much the headline figure is better, and the standard error of that."""
    if (own == other).all():
        return 0.0, 0.0

    def apart(rows: Times | slice) -> float | None:
        pair = [
            getattr(objective.evaluate(p[rows].tolist(), labels[rows].tolist()), objective.headline)
            for p in (own, other)
        ]
        return None if None in pair else pair[0] - pair[1]

    drawn = [difference for rows in resamples(users) if (difference := apart(rows)) is not None]
    return apart(slice(None)) or 0.0, float(np.std(drawn)) if drawn else 0.0
