"""What is expected before labels come, against the labels that come."""

import random

import pytest

from models.histograms import AmountHistogram, ChanceHistogram
from models.metrics import evaluate


def test_of_right_chances_the_labels_agree() -> None:
    rng = random.Random(1)
    chances = [min(0.9, 0.06 * rng.lognormvariate(0.0, 1.0)) for _ in range(40_000)]
    expected = ChanceHistogram().expected(chances)
    came = evaluate(chances, [float(rng.random() < chance) for chance in chances])
    assert expected.auc == pytest.approx(came.auc, abs=0.01)
    assert expected.log_loss == pytest.approx(came.log_loss, abs=0.005)
    assert expected.base_rate == pytest.approx(came.base_rate, abs=0.003)


def test_of_another_population_amounts_are_those_of_its_sizes() -> None:
    rng, before, now = random.Random(2), AmountHistogram(), AmountHistogram()

    def label(prediction: float) -> float:
        return prediction * 10.0 if rng.random() < 0.1 else 0.0

    for _ in range(40_000):
        prediction = rng.choice([1.0, 5.0])
        before.add(prediction, label(prediction))
    mostly_poor = [rng.choice([1.0, 1.0, 1.0, 5.0]) for _ in range(20_000)]
    for prediction in mostly_poor:
        now.add(prediction, label(prediction))
    expected, came = before.expected(mostly_poor), now.metrics()
    assert expected.mean_label == pytest.approx(2.0, rel=0.1)
    assert expected.mean_label == pytest.approx(came.mean_label, rel=0.15)
    assert expected.gini == pytest.approx(came.gini, abs=0.05)
    assert expected.mae == pytest.approx(came.mae, rel=0.1)


def test_sizes_never_seen_let_expect_nothing() -> None:
    histogram = AmountHistogram()
    histogram.add(1.0, 0.0)
    assert histogram.expected([1.0, 900.0]).labels == 0
    assert histogram.expected([]).labels == 0
    assert ChanceHistogram().expected([]).labels == 0
