"""Reasons: what each feature adds to the log-odds, in words."""

import pytest

from models import binary
from models.calibrate import log_odds
from models.predictors import Predictors
from models.recipes import Model


class Words:
    """Says a feature's name and value."""

    known_by = "a"

    def describe(self, feature: str, value: float, data: object) -> str:
        return f"{feature} is {value:g}"


class Product:
    """A model that is not linear."""

    def predict(self, features: dict[str, float]) -> float:
        return min(0.9, 0.1 + 0.1 * features["a"] * features["b"])

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        raise AssertionError("what explains a model must not teach it")


def learnt() -> Model:
    model = binary.kalman_logistic(-2.0, 1.0, {})
    for number in range(400):
        x = {"a": float(number % 7), "b": float(number % 5), "c": 1.0}
        model.learn(x, float(x["a"] > 4 and x["b"] < 3))
    return model


MEANS = {"a": 3.0, "b": 2.0, "c": 1.0}


def test_linear_effects_add_up_to_the_score() -> None:
    model = learnt()
    served = Predictors("m@1", {"m": model}, MEANS)
    features = {"a": 6.0, "b": 0.0, "c": 1.0}
    reasons = served.judge(Words(), features, None).reasons
    difference = log_odds(model.predict(features)) - log_odds(model.predict(MEANS))
    assert sum(reason.effect for reason in reasons) == pytest.approx(difference, abs=1e-9)
    assert {reason.feature: reason.effect > 0 for reason in reasons} == {"a": True, "b": True}
    assert abs(reasons[0].effect) >= abs(reasons[1].effect)
    assert reasons[0].words in {"a is 6", "b is 0"}


def test_an_average_user_has_no_reasons() -> None:
    assert Predictors("m@1", {"m": learnt()}, MEANS).judge(Words(), dict(MEANS), None).reasons == []


def test_only_the_strongest_are_told() -> None:
    features = {"a": 6.0, "b": 0.0, "c": 1.0}
    served = Predictors("m@1", {"m": learnt()}, MEANS)
    assert len(served.judge(Words(), features, None, top=1).reasons) == 1
    assert (
        served.judge(Words(), features, None, top=1).reasons
        == served.judge(Words(), features, None).reasons[:1]
    )


def test_other_models_are_explained_by_leaving_out() -> None:
    served = Predictors("p@1", {"p": Product()}, {"a": 1.0, "b": 1.0, "c": 0.0})
    reasons = served.judge(Words(), {"a": 3.0, "b": 1.0, "c": 5.0}, None).reasons
    assert [reason.feature for reason in reasons] == ["a"]
    assert reasons[0].effect == pytest.approx(log_odds(0.4) - log_odds(0.2))
    assert served.score({"a": 3.0, "b": 1.0, "c": 5.0}) == pytest.approx(0.4)
