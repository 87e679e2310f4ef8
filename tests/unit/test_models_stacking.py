"""The stack: it begins as the average, and finds out who is worth more."""

import pickle
import random

import pytest

from models.level import Returning
from models.logistic import sigmoid
from models.stacking import Stacked

BASE = -2.0


class Fixed:
    """Says log-odds of a feature; learns by counting."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        self.learnt = 0

    def predict(self, features: dict[str, float]) -> float:
        return sigmoid(BASE + features[self.feature])

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        self.learnt += 1


def stack(**settings: float) -> tuple[Stacked, list[Fixed]]:
    members = [Fixed("told"), Fixed("noise")]
    return Stacked(members, BASE, Returning(BASE), **settings), members


def teach(model: Stacked, count: int) -> None:
    rng = random.Random(4)
    for _ in range(count):
        x = {"told": rng.gauss(0.0, 1.0), "noise": rng.gauss(0.0, 1.0)}
        model.learn(x, float(rng.random() < sigmoid(BASE + x["told"])))


def test_unlearnt_it_is_the_average_of_log_odds() -> None:
    model, _ = stack()
    assert model.predict({"told": 1.0, "noise": 3.0}) == pytest.approx(sigmoid(BASE + 2.0))


def test_it_gives_weight_to_whom_it_can_believe() -> None:
    model, members = stack(variance=1.0, example_weight=1.0)
    teach(model, 4000)
    told, noise = model.weights
    assert told > 0.8
    assert abs(noise) < 0.2
    assert [member.learnt for member in members] == [4000, 4000]


def test_with_few_outcomes_it_stays_close_to_the_average() -> None:
    model, _ = stack()
    teach(model, 100)
    assert model.weights == pytest.approx([0.5, 0.5], abs=0.1)


def test_it_is_the_same_to_the_bit_after_pickling() -> None:
    model, _ = stack()
    teach(model, 50)
    again = pickle.loads(pickle.dumps(model))
    teach(model, 50)
    teach(again, 50)
    x = {"told": 0.7, "noise": -0.3}
    assert again.predict(x) == model.predict(x)
