"""The figures of one log: every model on the same snapshots, and the noise of the difference."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from benchmarks.quality.cohort import Cohort
from benchmarks.quality.daily import Floats
from benchmarks.quality.opponents import OPPONENTS, retrained_daily
from benchmarks.quality.resampling import resamples
from models.metrics import BinaryMetrics, auc, ece, evaluate, group

#: Bins of the second calibration error: ten of equal width.
WIDE_BINS = 10

#: Ends the names of opponents that learn every label as soon as it is known.
AS_KNOWN = ", as known"


class Row(msgspec.Struct):
    """One model on the judged snapshots of one log.

    Attributes:
        model: its name.
        online: whether it learns online; else it is retrained daily.
        metrics: the figures; ``ece`` is over 15 bins of equal mass.
        ece_wide: expected calibration error over ten bins of equal width.
    """

    model: str
    online: bool
    metrics: BinaryMetrics
    ece_wide: float


class Against(msgspec.Struct):
    """The champion against the best of some opponents, chosen in hindsight by AUC.

    Attributes:
        opponents: which opponents.
        best: the best one's name.
        difference: champion's AUC minus the best one's.
        noise: standard error of that difference, by resampling users.
    """

    opponents: str
    best: str
    difference: float
    noise: float


class Comparison(msgspec.Struct):
    """All models on one log.

    Attributes:
        log: its name.
        rows: the champion first, then the challengers, then the opponents.
        users: users among the judged snapshots.
        against: the champion against the best opponents of each sort.
        auc_noise: standard error of the champion's AUC, by resampling users.
        ece_floor: ECE that a perfectly calibrated champion would show on average, by chance.
    """

    log: str
    rows: list[Row]
    users: int
    against: list[Against]
    auc_noise: float
    ece_floor: float


#: Sorts of opponents, and what their names have or lack.
SORTS: dict[str, Callable[[str], bool]] = {
    "with scikit-learn's settings": lambda name: "defaults" in name,
    "on complete cohorts, settings chosen in hindsight": lambda name: not name.endswith(AS_KNOWN),
    "of all, chosen in hindsight": lambda _: True,
}


def compare(name: str, cohort: Cohort, warmup_days: int, tell: Callable[[str], None]) -> Comparison:
    """Judge everyone on the snapshots after the warm-up whose horizon lies in the log.

    Opponents learn complete cohorts, and, again, every label as soon as it is known; ``tell`` is
    told of each, because they take a while.
    """
    judged = cohort.judged(warmup_days)
    labels, users = cohort.labels[judged], cohort.users[judged]
    predictions = {(name, True): p[judged] for name, p in cohort.online.items()}
    for title, build in OPPONENTS.items():
        for way, known in (("", cohort.complete_at), (AS_KNOWN, cohort.known_at)):
            tell(title + way)
            found = retrained_daily(cohort, build, known, warmup_days)
            predictions[title + way, False] = found[judged]
    rows = [
        Row(model, online, evaluate(p, labels), _wide(p, labels))
        for (model, online), p in predictions.items()
    ]
    champion, against, auc_noise = predictions[rows[0].model, True], [], 0.0
    for sort, belongs in SORTS.items():
        rivals = [row for row in rows if not row.online and belongs(row.model)]
        best = max(rivals, key=lambda row: row.metrics.auc or 0.0).model
        difference, noise, auc_noise = _difference(
            champion, predictions[best, False], labels, users
        )
        against.append(Against(sort, best, difference, noise))
    return Comparison(
        name, rows, len(set(users.tolist())), against, auc_noise, _ece_floor(champion, users)
    )


def _wide(p: Floats, labels: Floats) -> float:
    bins = np.minimum((p * WIDE_BINS).astype(int), WIDE_BINS - 1)
    return float(np.abs(np.bincount(bins, weights=p - labels)).sum() / len(p))


def _difference(a: Floats, b: Floats, labels: Floats, users: Any) -> tuple[float, float, float]:
    of_a, of_both = [], []
    for drawn in resamples(users):
        if 0 < labels[drawn].sum() < len(drawn):
            of_a.append(auc(group(a[drawn], labels[drawn])))
            of_both.append(of_a[-1] - auc(group(b[drawn], labels[drawn])))
    difference = auc(group(a, labels)) - auc(group(b, labels))
    return difference, float(np.std(of_both)), float(np.std(of_a))


def _ece_floor(p: Floats, users: Any) -> float:
    """Draw outcomes from the predictions themselves, in runs of ten snapshots of a user."""
    rng = np.random.default_rng(0)
    order = np.argsort(users, kind="stable")
    first = np.flatnonzero(np.diff(users[order], prepend=-1))
    within = np.arange(len(p)) - np.repeat(first, np.diff(np.append(first, len(p))))
    runs = np.cumsum(within % 10 == 0)
    drawn = [rng.random(runs[-1] + 1)[runs] < p[order] for _ in range(50)]
    return float(np.mean([ece(group(p[order], labels)) for labels in drawn]))
