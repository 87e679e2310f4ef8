"""The figures of a log of amounts: every model on the same snapshots, and what chance does."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from benchmarks.quality.amount_cohort import AmountCohort
from benchmarks.quality.amount_opponents import OPPONENTS, retrained_daily
from benchmarks.quality.daily import DAY_MS, Floats
from benchmarks.quality.resampling import DRAWS, resamples
from models.amount_metrics import AmountMetrics, evaluate
from models.errors import WeirError

#: The baseline: what has come is all that will.
SO_FAR = "paid so far"


class NothingToJudge(WeirError):
    """A log is too short: no label is known of those who come after a third of the users."""


class AmountRow(msgspec.Struct):
    """One model on the judged snapshots of one age.

    Attributes:
        model: its name.
        online: whether it learns online.
        metrics: its figures.
        rest_gini: normalised Gini of what it expects after the snapshot, against what came then.
    """

    model: str
    online: bool
    metrics: AmountMetrics
    rest_gini: float | None


class AtAge(msgspec.Struct):
    """All models on the judged snapshots of one age.

    Attributes:
        age: its name.
        rows: the champion first, then the challengers, the opponents and the baseline.
        labels_known: labels of this age that could be learnt from when the first and the last
            judged day began.
        best: the opponent with the highest Gini, chosen in hindsight.
        difference: the champion's Gini minus the best one's.
        noise: standard errors, by resampling users.
        lucky: see ``lucky_mape``.
    """

    age: str
    rows: list[AmountRow]
    labels_known: tuple[int, int]
    best: str
    difference: float
    noise: "Noise"
    lucky: "Lucky"


class Noise(NamedTuple):
    """Standard errors.

    Attributes:
        gini: of the champion's Gini.
        difference: of its difference to the best opponent's.
        bias: of the champion's bias.
    """

    gini: float
    difference: float
    bias: float


class Lucky(NamedTuple):
    """The decile MAPE that luck alone makes.

    Attributes:
        median: in one of two logs it is above this,
        seldom: and in one of twenty above this.
    """

    median: float
    seldom: float


class AmountComparison(msgspec.Struct):
    """All models on one log.

    Attributes:
        log: its name.
        ages: in order.
    """

    log: str
    ages: list[AtAge]


def compare_amounts(
    name: str, cohorts: Sequence[AmountCohort], tell: Callable[[str], None]
) -> AmountComparison:
    """Judge everyone on the snapshots after a third of the users, whose label lies in the log.

    Args:
        name: of the log.
        cohorts: one of each age.
        tell: told of each age and opponent, because they take a while.

    Raises:
        NothingToJudge: there are no such snapshots.
    """
    ages = [_at_age(cohort, tell) for cohort in cohorts if cohort.judged().any()]
    if not ages:
        raise NothingToJudge(
            f"{name}: nothing to judge, because no label is known of those who come after a third "
            "of the users; take a longer log"
        )
    return AmountComparison(name, ages)


def _at_age(cohort: AmountCohort, tell: Callable[[str], None]) -> AtAge:
    judged = cohort.judged()
    labels, known = cohort.labels[judged], cohort.known[judged]
    predictions = {(name, True): p[judged] for name, p in cohort.online.items()}
    for title, fit in OPPONENTS.items():
        tell(f"{cohort.age}: {title}")
        predictions[title, False] = retrained_daily(cohort, fit)[judged]
    predictions[SO_FAR, False] = known
    rows = [
        AmountRow(
            model, online, evaluate(p, labels), evaluate(_rest(p, known), _rest(labels, known)).gini
        )
        for (model, online), p in predictions.items()
    ]
    rivals = [row for row in rows if row.model in OPPONENTS]
    best = max(rivals, key=_gini)
    champion, rival = predictions[rows[0].model, True], predictions[best.model, False]
    return AtAge(
        age=cohort.age,
        rows=rows,
        labels_known=_labels_known(cohort),
        best=best.model,
        difference=_gini(rows[0]) - _gini(best),
        noise=_noise(champion, rival, cohort),
        lucky=lucky_mape(champion, labels),
    )


def _rest(amounts: Floats, known: Floats) -> Floats:
    return np.maximum(0.0, amounts - known)


def _gini(row: AmountRow) -> float:
    return row.metrics.gini or 0.0


def _labels_known(cohort: AmountCohort) -> tuple[int, int]:
    taken = cohort.at[cohort.judged()]
    first, last = (int(at) - int(at) % DAY_MS for at in (taken[0], taken[-1]))
    return int((cohort.due <= first).sum()), int((cohort.due <= last).sum())


def _noise(champion: Floats, rival: Floats, cohort: AmountCohort) -> Noise:
    judged = cohort.judged()
    labels, found = cohort.labels[judged], []
    for drawn in resamples(cohort.users[judged]):
        own, other = evaluate(champion[drawn], labels[drawn]), evaluate(rival[drawn], labels[drawn])
        if own.gini is not None and other.gini is not None and own.bias is not None:
            found.append((own.gini, own.gini - other.gini, own.bias))
    return Noise(*np.std(found, axis=0).tolist()) if found else Noise(0.0, 0.0, 0.0)


def lucky_mape(predictions: Floats, labels: Floats) -> Lucky:
    """Return the decile MAPE that a calibrated model with this ranking shows by luck.

    The labels of each tenth, by prediction, are drawn anew from themselves, with replacement: what
    is predicted is then the mean that they are drawn from, and the error is luck. A draw without
    any amount counts as 1, as in the figure itself.
    """
    rng = np.random.default_rng(0)
    errors = np.ones((10, DRAWS))
    for tenth, rows in enumerate(np.array_split(np.argsort(predictions, kind="stable"), 10)):
        own = labels[rows]
        came = rng.choice(own, (DRAWS, len(own))).sum(axis=1) if len(own) else np.zeros(DRAWS)
        some = came > 0.0
        errors[tenth, some] = np.abs(own.sum() - came[some]) / came[some]
    return Lucky(*np.quantile(errors.mean(axis=0), (0.5, 0.95)).tolist())
