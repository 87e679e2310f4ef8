"""The Bayesian logistic regression: as a River estimator, and against the batch fit."""

import itertools
import math
import pickle
import random
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import numpy as np
import pytest
import river.checks
from hypothesis import given
from hypothesis import strategies as st
from river import datasets
from river.checks import clf, common
from sklearn.linear_model import LogisticRegression

from models.logistic import KalmanLogistic, newton, sigmoid

Row = dict[Hashable, Any]


def rows(count: int, seed: int, width: int = 5) -> Iterator[tuple[Row, bool]]:
    """Yield examples whose log-odds are linear."""
    rng = random.Random(seed)
    weights = [rng.gauss(0.0, 1.0) for _ in range(width)]
    for _ in range(count):
        x: Row = {f"x{place}": rng.gauss(0.0, 1.0) for place in range(width)}
        z = sum(weight * value for weight, value in zip(weights, x.values(), strict=True)) - 1.0
        yield x, rng.random() < sigmoid(z)


DATA = list(rows(150, 0))

#: River's own battery, where it applies to a classifier without mini-batches.
RIVER_CHECKS: list[Callable[[Any], None]] = [
    common.check_repr,
    common.check_str,
    common.check_tags,
    common.check_clone_same_class,
    common.check_clone_is_idempotent,
    common.check_init_default_params_are_not_mutable,
    common.check_doc,
    common.check_clone_changes_memory_addresses,
    common.check_repr_roundtrips_clone,
    common.check_clone_with_new_params_applies,
    common.check_get_params_matches_signature,
    clf.check_multiclass_is_bool,
]
RIVER_CHECKS_ON_DATA: list[Callable[[Any, Any], None]] = [
    common.check_pickling,
    common.check_clone_is_independent,
    common.check_predict_one_before_any_learn,
    common.check_no_state_aliasing_with_input,
    common.check_seeding_is_idempotent,
    common.check_emerging_features,
    common.check_disappearing_features,
    common.check_shuffle_features_no_impact,
    clf.check_predict_proba_one,
    clf.check_predict_proba_one_binary,
]


@pytest.mark.parametrize("check", RIVER_CHECKS, ids=lambda check: check.__name__)
def test_it_passes_rivers_checks(check: Callable[[Any], None]) -> None:
    check(KalmanLogistic())


@pytest.mark.parametrize("check", RIVER_CHECKS_ON_DATA, ids=lambda check: check.__name__)
def test_it_passes_rivers_checks_on_data(check: Callable[[Any, Any], None]) -> None:
    check(KalmanLogistic(), itertools.islice(datasets.Phishing(), 100))


def test_the_battery_is_rivers_own() -> None:
    assert hasattr(river.checks, "yield_checks")


@pytest.mark.parametrize("variance", [0.01, 0.1, 1.0])
def test_it_ends_close_to_the_ridge_fitted_on_all_at_once(variance: float) -> None:
    online = KalmanLogistic(prior_variance=variance, bias_variance=1e6)
    log = list(rows(4000, 3))
    for x, y in log:
        online.learn_one(x, y)
    batch = LogisticRegression(C=variance, tol=1e-8)
    batch.fit(np.array([list(x.values()) for x, _ in log]), [y for _, y in log])
    assert list(online.weights.values()) == pytest.approx(list(batch.coef_[0]), rel=0.1, abs=0.01)
    assert online.intercept == pytest.approx(batch.intercept_[0], rel=0.1)


def test_one_example_moves_it_to_the_posterior_mode() -> None:
    model = KalmanLogistic(prior_variance=0.5, bias_variance=2.0)
    x: Row = {"a": 1.5, "b": -2.0}
    model.learn_one(x, y=True)
    batch = LogisticRegression(C=1.0, fit_intercept=False, tol=1e-10)
    # whitened, so that scikit-learn's ridge has the same prior; its mirror image gives two classes
    row = np.array([[math.sqrt(2.0), *(math.sqrt(0.5) * value for value in x.values())]])
    batch.fit(np.vstack([row, -row]), [1, 0], sample_weight=[0.5, 0.5])
    scales = np.sqrt([2.0, 0.5, 0.5])
    found = [model.intercept, *model.weights.values()]
    assert found == pytest.approx(batch.coef_[0] * scales, abs=1e-5)


def test_a_doubted_feature_moves_less() -> None:
    model = KalmanLogistic(prior_scales={"b": 0.1})
    for _ in range(20):
        model.learn_one({"a": 1.0, "b": 1.0}, y=True)
    assert model.weights["a"] == pytest.approx(10.0 * model.weights["b"])


def test_what_is_forgotten_gives_way() -> None:
    keeping, forgetting = KalmanLogistic(), KalmanLogistic(forgetting=0.95)
    for model in (keeping, forgetting):
        for turn in range(600):
            model.learn_one({"x": 1.0}, turn < 300)
    late, early = (model.predict_proba_one({"x": 1.0})[True] for model in (forgetting, keeping))
    assert late < 0.01 < early


def test_it_goes_on_the_same_to_the_bit_after_pickling() -> None:
    whole = KalmanLogistic()
    pieces = KalmanLogistic()
    for number, (x, y) in enumerate(DATA):
        if number % 20 == 10:
            pieces = pickle.loads(pickle.dumps(pieces))
        assert pieces.predict_proba_one(x) == whole.predict_proba_one(x)
        whole.learn_one(x, y)
        pieces.learn_one(x, y)


wild = st.floats(-1e6, 1e6)


@given(st.lists(st.tuples(wild, wild, st.booleans()), max_size=40))
def test_no_input_breaks_it(examples: list[tuple[float, float, bool]]) -> None:
    model = KalmanLogistic(prior_variance=1.0, forgetting=0.99)
    for first, second, label in examples:
        model.learn_one({"a": first, "b": second}, label)
        p = model.predict_proba_one({"a": first, "b": second})
        assert 0.0 <= p[True] <= 1.0
    assert all(math.isfinite(weight) for weight in model.weights.values())


@given(st.floats(-50.0, 50.0), st.floats(0.0, 1e9), st.sampled_from([0.0, 1.0]))
def test_newton_finds_the_maximum(z: float, spread: float, label: float) -> None:
    residual, curvature = newton(z, spread, label)
    p = label - residual
    assert 0.0 <= p <= 1.0
    assert curvature == pytest.approx(p * (1.0 - p), abs=1e-12)
    # at the maximum, the way from the belief equals its variance times the residual
    t = z + spread * residual
    assert sigmoid(t) == pytest.approx(p, abs=1e-6)
