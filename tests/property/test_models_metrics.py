"""The figures of evaluation, against scikit-learn's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from models.metrics import evaluate

probabilities = st.one_of(
    st.floats(0.001, 0.999),
    st.sampled_from([0.1, 0.5, 0.9]),  # ties must be common
)
judged = st.lists(st.tuples(probabilities, st.sampled_from([0.0, 1.0])), min_size=2, max_size=80)


@given(judged)
def test_they_agree_with_scikit_learn(pairs: list[tuple[float, float]]) -> None:
    predictions, labels = map(list, zip(*pairs, strict=True))
    found = evaluate(predictions, labels)
    if len(set(labels)) < 2:
        assert found.auc is None
        return
    assert found.auc == pytest.approx(oracle.roc_auc_score(labels, predictions))
    assert found.pr_auc == pytest.approx(oracle.average_precision_score(labels, predictions))
    assert found.log_loss == pytest.approx(oracle.log_loss(labels, predictions))
    assert found.brier == pytest.approx(oracle.brier_score_loss(labels, predictions))
    assert found.base_rate == pytest.approx(sum(labels) / len(labels))
    assert found.ece is not None
    assert 0.0 <= found.ece <= 1.0


def test_calibration_error_of_known_cases() -> None:
    calibrated = evaluate([0.1] * 100, [1.0] * 10 + [0.0] * 90)
    assert calibrated.ece == pytest.approx(0.0, abs=1e-12)
    shouting = evaluate([0.9] * 100, [1.0] * 10 + [0.0] * 90)
    assert shouting.ece == pytest.approx(0.8)


def test_lift_of_a_perfect_ranking() -> None:
    perfect = evaluate([n / 100 for n in range(100)], [float(n >= 90) for n in range(100)])
    assert perfect.lift_top_decile == pytest.approx(10.0)


def test_nothing_judged_is_no_figure() -> None:
    assert evaluate([], []).auc is None
