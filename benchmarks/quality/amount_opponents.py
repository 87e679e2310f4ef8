"""What the online models of amounts are up against: trees, retrained from scratch every day.

They predict what is still to come; what has come is added. Each family comes with the settings
that scikit-learn gives, and with small trees, which suit rare and heavy-tailed amounts.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.quality.amount_cohort import AmountCohort
from benchmarks.quality.daily import DAY_MS, Floats, days, one_thread

#: The least rows that a family is fitted to; with fewer the mean is predicted.
_LEAST = 2


class Fitted(Protocol):
    """Predicts what is still to come."""

    def __call__(self, features: Floats) -> Floats:
        """Return a prediction for each row."""


#: Fits a model to features and what came after them.
Fit = Callable[[Floats, Floats], Fitted]


def _regressor(loss: str, **settings: Any) -> Fit:
    def fit(features: Floats, rest: Floats) -> Fitted:
        model = HistGradientBoostingRegressor(loss=loss, random_state=0, **settings)
        predict: Fitted = model.fit(features, rest).predict
        return predict

    return fit


def _hurdle(chance: dict[str, Any], gain: dict[str, Any]) -> Fit:
    """Return the chance of anything more, times its mean if there is."""
    fit_gain = _regressor("gamma", **gain)

    def fit(features: Floats, rest: Floats) -> Fitted:
        comes = rest > 0.0
        if comes.sum() < _LEAST or comes.all():
            return _mean(rest)
        classifier = HistGradientBoostingClassifier(random_state=0, **chance).fit(features, comes)
        expected = fit_gain(features[comes], rest[comes])
        return lambda rows: classifier.predict_proba(rows)[:, 1] * expected(rows)

    return fit


def _mean(rest: Floats) -> Fitted:
    mean = float(rest.mean()) if len(rest) else 0.0
    return lambda rows: np.full(len(rows), mean)


_SMALL = {"max_depth": 3, "learning_rate": 0.05, "max_iter": 100, "min_samples_leaf": 50}
_SMALLER = {**_SMALL, "max_iter": 60, "min_samples_leaf": 20}  # for the few who gain

OPPONENTS: dict[str, Fit] = {
    "trees, Poisson, defaults": _regressor("poisson"),
    "trees, Poisson, small": _regressor("poisson", **_SMALL),
    "trees, squared, defaults": _regressor("squared_error"),
    "trees, squared, small": _regressor("squared_error", **_SMALL),
    "trees, hurdle, defaults": _hurdle({}, {}),
    "trees, hurdle, small": _hurdle(_SMALL, _SMALLER),
}


def retrained_daily(cohort: AmountCohort, fit: Fit) -> Floats:
    """Return predictions of a model that starts anew every midnight (UTC).

    It is fitted to the snapshots whose label is known by then. The snapshots before the first day
    that is judged get NaN.
    """
    predictions = np.full(len(cohort.labels), np.nan)
    rest = cohort.labels - cohort.known
    first = cohort.since - cohort.since % DAY_MS
    with one_thread():
        for past, today in days(cohort.at, cohort.due, first, cohort.end):
            seen = rest[past]
            enough = len(seen) >= _LEAST and seen.any()
            predict = fit(cohort.features[past], seen) if enough else _mean(seen)
            still = np.maximum(0.0, predict(cohort.features[today]))
            predictions[today] = cohort.known[today] + still
    return predictions
