"""Hurdles by window: what they learn, what they leave out, and that they add up."""

import pickle
import random
from math import log1p

import pytest

from models.amounts import Columns, HurdleByWindow, Schedule
from models.encoding import TargetEncoder
from models.hurdle import KalmanHurdle, SgdHurdle

SCHEDULE = Schedule((0.0, 1.0, 24.0), (24.0, 72.0, 168.0))
COLUMNS = Columns("stage", "hours", "payments", ("country",))


def features(
    stage: int, hours: float, *, keen: float = 0.0, country: float = 1.0, payments: float = 0.0
) -> dict[str, float]:
    return {
        "country": country,
        "stage": float(stage),
        "hours": log1p(hours),
        "keen": keen,
        "payments": payments,
    }


def taught(
    count: int = 3000, seed: int = 1, make: type[KalmanHurdle | SgdHurdle] = KalmanHurdle
) -> HurdleByWindow:
    """Keen users pay more often and twice as much; country 2 pays in twice as many cases."""
    rng, model = random.Random(seed), HurdleByWindow(SCHEDULE, COLUMNS, make)
    for _ in range(count):
        keen, country = float(rng.random() < 0.5), float(rng.choice([1, 2]))
        for window in range(3):
            pays = rng.random() < (0.03 + 0.09 * keen) * country
            gain = rng.lognormvariate(1.0 + 0.7 * keen, 0.5) if pays else 0.0
            for stage in range(3):
                if SCHEDULE.windows[window] > SCHEDULE.ages[stage]:
                    hours = SCHEDULE.ages[stage]
                    model.learn(features(stage, hours, keen=keen, country=country), gain, window)
    return model


def test_it_comes_close_to_what_is_true() -> None:
    model = taught()
    for keen in (0.0, 1.0):
        for country in (1.0, 2.0):
            chance = (0.03 + 0.09 * keen) * country
            mean = 2.718281828 ** (1.0 + 0.7 * keen + 0.125)
            row = features(0, 0.0, keen=keen, country=country)
            assert model.predict(row) == pytest.approx(3 * chance * mean, rel=0.3)
            assert model.assess(row).chance == pytest.approx(1 - (1 - chance) ** 3, rel=0.3)


def test_one_that_descends_the_gradient_learns_the_same_more_slowly() -> None:
    model = taught(make=SgdHurdle)
    said = {
        (keen, country): model.predict(features(0, 0.0, keen=keen, country=country))
        for keen in (0.0, 1.0)
        for country in (1.0, 2.0)
    }
    assert said[0.0, 1.0] < said[0.0, 2.0] < said[1.0, 1.0] < said[1.0, 2.0]
    assert sum(said.values()) == pytest.approx(0.28 + 0.55 + 2.23 + 4.47, rel=0.3)


def test_what_is_over_is_not_expected_any_more() -> None:
    model = taught()
    now = [model.predict(features(2, hours)) for hours in (24.0, 48.0, 71.9, 120.0, 167.9, 168.0)]
    assert now == sorted(now, reverse=True)
    assert now[0] == pytest.approx(2 * now[2], rel=0.3)  # one window of two is over
    assert now[-1] == 0.0
    assert model.assess(features(2, 200.0)).chance == 0.0


def test_a_stored_age_that_was_rounded_down_is_still_that_age() -> None:
    model = taught(300)
    rounded, exact = (model.predict(features(2, hours)) for hours in (23.97, 24.0))
    assert rounded == pytest.approx(exact, rel=0.01)


def test_a_window_that_was_over_teaches_nothing() -> None:
    model = taught(300)
    before = pickle.dumps(model)
    model.learn(features(2, 24.0), 1000.0, 0)
    assert pickle.dumps(model) == before


def test_an_unseen_category_is_average() -> None:
    model = taught()
    unseen = model.predict(features(0, 0.0, country=77.0))
    seen = [model.predict(features(0, 0.0, country=country)) for country in (1.0, 2.0)]
    assert seen[0] < unseen < seen[1]


def test_effects_point_the_right_way_and_are_amounts() -> None:
    model = taught()
    row = features(0, 0.0, keen=1.0, country=2.0)
    assert model.assess(row).expected == pytest.approx(model.predict(row), rel=1e-12)
    effects = model.assess(row).effects
    assert set(effects) == set(row) - {"stage"}
    assert effects["keen"] > 0.0 < effects["country"]
    assert effects["keen"] < model.predict(row)
    poor = model.assess(features(0, 0.0, keen=0.0, country=1.0)).effects
    assert poor["keen"] < 0.0 > poor["country"]


def test_who_has_paid_is_corrected_apart() -> None:
    model, rng = HurdleByWindow(SCHEDULE, COLUMNS), random.Random(2)
    for _ in range(3000):
        payments = float(rng.random() < 0.1)
        gain = 10.0 if rng.random() < (0.5 if payments else 0.02) else 0.0
        model.learn(features(2, 24.0, payments=payments), gain, 2)
    only_last = {"hours": 72.0}
    paid = model.predict(features(2, only_last["hours"], payments=1.0))
    unpaid = model.predict(features(2, only_last["hours"]))
    assert paid == pytest.approx(5.0, rel=0.2)
    assert unpaid == pytest.approx(0.2, rel=0.3)


def test_before_anything_is_learnt_it_expects_something_and_explains_nothing() -> None:
    model = HurdleByWindow(SCHEDULE, COLUMNS)
    row = features(0, 0.0, keen=1.0)
    assert 0.0 < model.predict(row) < 1.0
    assert set(model.assess(row).effects.values()) == {0.0}


def test_no_currency_is_preferred() -> None:
    """In yen, all is as in dollars, a hundred and fifty times as much."""
    models, rng = [HurdleByWindow(SCHEDULE, COLUMNS) for _ in range(2)], random.Random(3)
    for _ in range(4000):
        keen = float(rng.random() < 0.5)
        gain = rng.lognormvariate(1.0, 0.5) if rng.random() < 0.05 + 0.1 * keen else 0.0
        for model, rate in zip(models, (1.0, 150.0), strict=True):
            model.learn(features(0, 0.0, keen=keen), gain * rate, 0)
            for window in (1, 2):
                model.learn(features(0, 0.0, keen=keen), 0.0, window)
    dollars, yen = (model.predict(features(0, 0.0, keen=1.0)) for model in models)
    assert yen == pytest.approx(150.0 * dollars, rel=0.05)


def test_an_encoder_shrinks_what_is_rare() -> None:
    encoder, rng = TargetEncoder(1), random.Random(4)
    for _ in range(2000):
        encoder.add([1.0], 5.0 if rng.random() < 0.05 else 0.0)
    for _ in range(4):
        encoder.add([2.0], 5.0)
        encoder.add([3.0], 0.0)
    [often], _ = encoder.encode([1.0])
    [rare_good], [amount] = encoder.encode([2.0])
    [rare_bad], _ = encoder.encode([3.0])
    [unseen], _ = encoder.encode([4.0])
    assert abs(often) < 0.15
    assert 0.0 < rare_good < 2.0
    assert -0.5 < rare_bad < 0.0 == unseen
    assert amount == pytest.approx(0.0, abs=1e-9)
