"""Batch models that are retrained from scratch every day, on every label that may be used."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

DAY_MS = 86_400_000

#: A few labels of each kind before a first model is made.
_LEAST = 5


def _logistic(strength: float) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))


#: Each as its users would first set it, and with the regularisation that suited these logs best.
OPPONENTS: dict[str, Callable[[], Any]] = {
    "LR daily": lambda: _logistic(1.0),
    "LR daily, strong prior": lambda: _logistic(0.003),
    "GBT daily": lambda: HistGradientBoostingClassifier(random_state=1),
    "GBT daily, small": lambda: HistGradientBoostingClassifier(
        max_depth=3,
        learning_rate=0.05,
        max_iter=60,
        min_samples_leaf=100,
        l2_regularization=10.0,
        random_state=1,
    ),
}


def predict_daily(
    build: Callable[[], Any],
    at: NDArray[np.int64],
    features: NDArray[np.float64],
    labels: NDArray[np.float64],
    wait: int,
) -> NDArray[np.float64]:
    """Return the prediction of each snapshot by the model of its day.

    The model of a day has learnt every snapshot that was ``wait`` ms old when the day began, whole
    cohorts, so that positives, which are known earlier, are not over-represented.

    Args:
        build: makes an unlearnt model.
        at: event time of each snapshot, ms.
        features: a row a snapshot.
        labels: of each snapshot.
        wait: horizon and grace, ms.
    """
    predictions = np.full(len(at), float("nan"))
    start = int(at.min())
    days = (at - start) // DAY_MS
    for day in range(int(days.max()) + 1):
        today = days == day
        known = at + wait <= start + day * DAY_MS
        positives = labels[known].sum()
        if not today.any():
            continue
        if positives < _LEAST or known.sum() - positives < _LEAST:
            predictions[today] = labels[known].mean() if known.any() else 0.5
            continue
        model = build()
        model.fit(features[known], labels[known])
        predictions[today] = model.predict_proba(features[today])[:, 1]
    return predictions
