"""Calibration: log-odds become probabilities that can be believed, and linear models fold."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import binary
from models.calibrate import Calibrated, Platt, log_odds
from models.logistic import sigmoid
from models.metrics import evaluate
from models.recipes import LinearModel, Model

BASE = -3.0
MODELS = [
    binary.kalman_logistic(BASE, 0.01, {}),
    binary.sgd_logistic(BASE),
    binary.forest(BASE),
]


def examples(count: int, seed: int) -> list[tuple[dict[str, float], float]]:
    """Return examples of which about one in twenty is positive."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        x = {name: rng.gauss(2.0, 3.0) for name in "abcd"}
        made.append((x, float(rng.random() < sigmoid(-4.5 + 0.4 * x["a"] + 0.2 * x["b"]))))
    return made


def prequential(model: Model, log: list[tuple[dict[str, float], float]]) -> list[float]:
    """Predict and learn in turn."""
    predictions = []
    for x, y in log:
        predictions.append(model.predict(x))
        model.learn(x, y)
    return predictions


#: The aim is 0.02. A few shallow trees know few levels: the forest, a challenger, misses it.
MOST_ECE = (0.02, 0.02, 0.04)


@pytest.mark.parametrize(
    ("model", "most_ece"), list(zip(MODELS, MOST_ECE, strict=True)), ids=["kalman", "sgd", "forest"]
)
def test_rare_outcomes_are_ranked_and_calibrated(model: Model, most_ece: float) -> None:
    log = examples(6000, 1)
    found = evaluate(prequential(model, log)[2000:], [y for _, y in log[2000:]])
    assert found.base_rate is not None
    assert found.base_rate < 0.12
    assert found.auc is not None
    assert found.auc > 0.7
    assert found.ece is not None
    assert found.ece < most_ece
    assert found.mean_prediction == pytest.approx(found.base_rate, abs=0.02)


def test_an_unlearnt_model_predicts_the_expected_base_rate() -> None:
    for build in (binary.sgd_logistic, binary.forest):
        assert build(BASE).predict({"a": 1.0}) == pytest.approx(sigmoid(BASE), abs=0.05)
    fresh = binary.kalman_logistic(BASE, 0.01, {})
    assert fresh.predict({"a": 1.0}) == pytest.approx(sigmoid(BASE))


def test_platt_undoes_a_known_distortion() -> None:
    rng = random.Random(5)
    platt = Platt(BASE, forgetting=1.0)
    for _ in range(60_000):
        honest = rng.gauss(-2.0, 1.0)
        distorted = (honest - 0.7) / 0.6
        platt.learn(distorted, float(rng.random() < sigmoid(honest)))
    for honest in (-4.0, -3.0, -2.0, -1.0):
        assert platt.calibrate((honest - 0.7) / 0.6) == pytest.approx(honest, abs=0.15)


def test_platt_follows_a_base_rate_that_moves() -> None:
    rng = random.Random(6)
    platt = Platt(BASE, forgetting=0.999)
    for rate in (0.02, 0.10):
        for _ in range(20_000):
            platt.learn(BASE, float(rng.random() < rate))
        assert sigmoid(platt.calibrate(BASE)) == pytest.approx(rate, rel=0.25)


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.sampled_from([0.0, 1.0])), max_size=60))
def test_platt_stays_finite_whatever_it_is_given(pairs: list[tuple[float, float]]) -> None:
    platt = Platt(BASE, forgetting=0.9)
    for z, label in pairs:
        platt.learn(z, label)
        assert math.isfinite(platt.slope)
        assert math.isfinite(platt.shift)


@given(st.floats(0.0, 1.0))
def test_log_odds_are_the_inverse_of_sigmoid(p: float) -> None:
    z = log_odds(p)
    assert abs(z) <= 12.0
    assert sigmoid(z) == pytest.approx(p, abs=1e-5)


@pytest.mark.parametrize("model", MODELS[:2], ids=["kalman", "sgd"])
def test_the_folded_model_is_the_pipeline(model: Calibrated) -> None:
    assert isinstance(model, LinearModel)
    for number, (x, y) in enumerate(examples(500, 2)):
        if number % 10 == 0:
            raw = model.classifier.predict_proba_one(x)[True]
            piped = sigmoid(model.platt.calibrate(log_odds(raw)))
            assert model.predict(x) == pytest.approx(piped, abs=1e-12)
            assert model.linear(tuple(x)).probability(x.values()) == model.predict(x)
        model.learn(x, y)


def test_a_linear_model_says_no_more_than_it_may() -> None:
    model = binary.kalman_logistic(BASE, 1.0, {})
    for x, y in examples(200, 3):
        model.learn(x, y)
    assert 0.0 < model.predict({"a": -1e9, "b": 0.0, "c": 0.0, "d": 0.0}) < 1e-5
