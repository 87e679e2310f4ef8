"""What the online models are up against: batch models, retrained from scratch every day."""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.quality.cohort import Cohort
from benchmarks.quality.daily import DAY_MS, Floats, days, one_thread

#: Families of opponents: the settings that scikit-learn gives, and others that suit rare outcomes.
#: The best of all is chosen in hindsight, which no one could have done on the day.
LOGISTIC, TREES = "daily logistic regression", "daily gradient boosting"


def _logistic(c: float) -> Callable[[], Any]:
    return lambda: make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=2000))


def _trees(**settings: Any) -> Callable[[], Any]:
    return lambda: HistGradientBoostingClassifier(random_state=0, **settings)


_SMALL = {"max_depth": 3, "learning_rate": 0.05, "max_iter": 60, "min_samples_leaf": 100}

OPPONENTS: dict[str, Callable[[], Any]] = {
    f"{LOGISTIC}, defaults": _logistic(1.0),
    f"{LOGISTIC}, C=0.01": _logistic(0.01),
    f"{LOGISTIC}, C=0.003": _logistic(0.003),
    f"{LOGISTIC}, C=0.001": _logistic(0.001),
    f"{TREES}, defaults": _trees(),
    f"{TREES}, small": _trees(**_SMALL, l2_regularization=10.0),
}


def retrained_daily(
    cohort: Cohort, build: Callable[[], Any], known: Any, warmup_days: int
) -> Floats:
    """Return predictions of a model that starts anew every day.

    Args:
        cohort: the snapshots.
        build: makes an unfitted classifier.
        known: when a label may be learnt from, ms, one each.
        warmup_days: days before the first prediction; the snapshots before get NaN.
    """
    predictions = np.full(len(cohort.labels), np.nan)
    first = cohort.start + warmup_days * DAY_MS
    with one_thread():
        for past, today in days(cohort.at, known, first, cohort.end):
            if len(set(cohort.labels[past])) < 2:
                predictions[today] = cohort.labels[past].mean() if past.any() else 0.5
                continue
            model = build().fit(cohort.features[past], cohort.labels[past])
            predictions[today] = model.predict_proba(cohort.features[today])[:, 1]
    return predictions
