"""The calibration whose level returns to what is expected."""

import math
import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import binary
from models.level import Returning
from models.logistic import sigmoid
from models.recipes import LinearModel

BASE = -3.0


def taught(level: Returning, rate: float, count: int, seed: int = 1, z: float = BASE) -> Returning:
    """Let it learn examples of one kind."""
    rng = random.Random(seed)
    for _ in range(count):
        level.learn(z, float(rng.random() < rate))
    return level


def test_unlearnt_it_changes_nothing() -> None:
    assert [Returning(BASE).calibrate(z) for z in (-5.0, BASE, 0.0)] == [-5.0, BASE, 0.0]


def test_a_level_of_the_classifiers_own_does_not_matter() -> None:
    far = taught(Returning(BASE), sigmoid(BASE), 8000, z=BASE + 2.0)
    assert far.calibrate(BASE + 2.0) == pytest.approx(BASE, abs=0.25)


def test_a_moved_base_rate_is_half_believed_at_first_and_followed_in_time() -> None:
    true = math.log(0.15 / 0.85)
    soon = taught(Returning(BASE), 0.15, 3000).calibrate(BASE)
    late = taught(Returning(BASE), 0.15, 100_000).calibrate(BASE)
    assert BASE + 0.2 < soon < true - 0.2
    assert late == pytest.approx(true, abs=0.2)


def test_what_was_seen_gives_way_to_what_is_expected() -> None:
    level = taught(Returning(BASE, drift=0.0), 0.3, 3000)
    high = level.level
    precisions = []
    for _ in range(20_000):
        level._return()
        precisions.append(level._level_precision)
    assert high > BASE + 0.5
    assert level.level == pytest.approx(BASE, abs=1e-3)
    assert level.slope == pytest.approx(1.0, abs=1e-3)
    assert precisions[-1] == pytest.approx(10.0)


def test_the_slope_of_an_overconfident_classifier_is_lowered() -> None:
    rng, level = random.Random(3), Returning(BASE, slope_variance=0.5)
    for _ in range(20_000):
        honest = rng.gauss(BASE, 1.0)
        level.learn(BASE + 3.0 * (honest - BASE), float(rng.random() < sigmoid(honest)))
    assert 0.25 < level.slope < 0.65


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.sampled_from([0.0, 1.0])), max_size=60))
def test_it_stays_finite_whatever_it_is_given(pairs: list[tuple[float, float]]) -> None:
    level = Returning(BASE, forgetting=0.9, weight=1.0)
    for z, label in pairs:
        level.learn(z, label)
        assert math.isfinite(level.calibrate(z))


def test_the_steady_model_folds_and_goes_on_the_same_to_the_bit_after_pickling() -> None:
    rng = random.Random(2)
    whole, pieces = (binary.steady_kalman(BASE, 0.01, {}) for _ in range(2))
    assert isinstance(whole, LinearModel)
    for number in range(600):
        x = {name: rng.gauss(2.0, 3.0) for name in "abc"}
        if number % 50 == 10:
            pieces = pickle.loads(pickle.dumps(pieces))
        assert pieces.predict(x) == whole.predict(x)
        assert whole.predict(x) == whole.linear(tuple(x)).probability(x.values())
        y = float(rng.random() < sigmoid(0.4 * x["a"] - 4.0))
        whole.learn(x, y)
        pieces.learn(x, y)
