import random
from statistics import fmean

import pytest

from models.losses import AmountLosses, ChanceLosses, Said


def losses_of(chances: list[float], truth: list[float], seed: int = 1) -> tuple[float, float]:
    """Return mean loss and calibration of chances whose outcomes have other chances."""
    rng, losses = random.Random(seed), ChanceLosses()
    judged = []
    for chance, true in zip(chances, truth, strict=True):
        label = float(rng.random() < true)
        found = losses.judge(Said(chance, label))
        losses.learn(Said(chance, label))
        if found:
            judged.append(found)
    judged = judged[1000:]
    return fmean(j["loss"] for j in judged), fmean(j["calibration"] for j in judged)


def test_of_right_chances_both_are_zero_however_frequent_the_outcome() -> None:
    rng = random.Random(2)
    for usual in (0.02, 0.05, 0.2):
        chances = [min(0.9, usual * rng.lognormvariate(0.0, 0.8)) for _ in range(40_000)]
        loss, calibration = losses_of(chances, chances)
        assert abs(loss) < 0.03, usual
        assert abs(calibration) < 0.005, usual


def test_the_loss_rises_when_users_are_told_apart_no_more() -> None:
    rng = random.Random(3)
    chances = [min(0.9, 0.05 * rng.lognormvariate(0.0, 0.8)) for _ in range(20_000)]
    usual = fmean(chances)
    loss, calibration = losses_of(chances, [usual] * len(chances))
    assert loss > 0.08
    assert abs(calibration) < 0.01


def test_calibration_is_off_when_more_happens_than_was_said() -> None:
    chances = [0.05] * 20_000
    _, calibration = losses_of(chances, [0.1] * len(chances))
    assert calibration == pytest.approx(-0.05, abs=0.01)


def test_nothing_is_said_before_both_outcomes_were_seen() -> None:
    losses = ChanceLosses()
    assert losses.judge(Said(0.1, 0.0)) == {}
    losses.learn(Said(0.1, 0.0))
    assert losses.judge(Said(0.1, 0.0)) == {}
    losses.learn(Said(0.1, 1.0))
    assert losses.judge(Said(0.1, 0.0)) != {}


def test_amounts_are_cut_and_in_units_of_the_cut() -> None:
    losses = AmountLosses()
    assert losses.judge(Said(1.0, 0.0)) == {}
    for label in (0.0, 0.0, 0.0, 4.0):
        losses.learn(Said(2.0, label))
    # the usual amount is 1, the cut is 5; half of what was predicted came, errors were as large
    assert losses.judge(Said(2.0, 0.0)) == {"loss": 0.0, "calibration": 0.2}
    assert losses.judge(Said(2.0, 1e6)) == {"loss": 0.6, "calibration": -0.8}


def test_of_amounts_the_chance_is_judged_as_chances_are() -> None:
    amounts, chances = AmountLosses(), ChanceLosses()
    for label in (0.0, 9.0, 0.0, 2.0):
        amounts.learn(Said(3.0, label, 0.1, 2.0))
        chances.learn(Said(0.1, float(label > 2.0)))
    judged = amounts.judge(Said(3.0, 9.0, 0.4, 2.0))
    assert judged["chance"] == chances.judge(Said(0.4, 1.0))["loss"]
