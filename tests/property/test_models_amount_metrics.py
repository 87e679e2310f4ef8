"""The figures of amounts: against scipy's, against their definitions, and grouped as exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.amount_metrics import evaluate
from models.histograms import AmountHistogram

amounts = st.one_of(st.just(0.0), st.sampled_from([1.0, 5.0]), st.floats(0.01, 500.0))
judged = st.lists(st.tuples(amounts, amounts), min_size=2, max_size=80)


@given(judged)
def test_ranks_agree_with_scipy(pairs: list[tuple[float, float]]) -> None:
    predictions, labels = map(list, zip(*pairs, strict=True))
    found = evaluate(predictions, labels)
    if len(set(predictions)) < 2 or len(set(labels)) < 2:
        assert found.spearman is None
    else:
        expected = stats.spearmanr(predictions, labels).statistic
        assert found.spearman == pytest.approx(expected, abs=1e-9)


@given(judged)
def test_sums_are_what_they_say(pairs: list[tuple[float, float]]) -> None:
    predictions, labels = map(np.array, zip(*pairs, strict=True))
    found = evaluate(predictions, labels)
    assert (found.labels, found.positives) == (len(pairs), int((labels > 0).sum()))
    assert found.mae == pytest.approx(np.abs(predictions - labels).mean())
    assert found.mean_label == pytest.approx(labels.mean())
    if labels.sum():
        assert found.bias == pytest.approx(predictions.sum() / labels.sum() - 1.0)


@given(judged, st.randoms())
def test_the_order_of_the_input_never_matters(
    pairs: list[tuple[float, float]], rng: "np.random.Generator"
) -> None:
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    first, second = (evaluate(*map(list, zip(*log, strict=True))) for log in (pairs, shuffled))
    for name in first.__struct_fields__:
        a, b = getattr(first, name), getattr(second, name)
        assert (a is None) == (b is None), name
        if a is not None:
            assert a == pytest.approx(b, rel=1e-6, abs=1e-9), name


def test_gini_of_known_rankings() -> None:
    labels = [0.0] * 90 + [float(n) for n in range(1, 11)]
    assert evaluate(labels, labels).gini == pytest.approx(1.0)
    assert evaluate([1.0] * 100, labels).gini == pytest.approx(0.0, abs=1e-12)
    assert evaluate([-label + 20 for label in labels], labels).gini == pytest.approx(-1.0)
    assert evaluate(labels, labels).top_decile_share == pytest.approx(1.0)


def test_decile_error_of_known_cases() -> None:
    labels = [float(1 + n // 10) for n in range(100)]
    assert evaluate(labels, labels).decile_mape == pytest.approx(0.0, abs=1e-9)
    assert evaluate([2 * y for y in labels], labels).decile_mape == pytest.approx(1.0)
    nothing_below = [0.0] * 50 + [float(n) for n in range(1, 51)]
    said = [0.1 + n / 1000 for n in range(50)] + nothing_below[50:]
    assert evaluate(said, nothing_below).decile_mape == pytest.approx(0.5)


def test_nothing_judged_and_nothing_paid_are_no_figures() -> None:
    assert evaluate([], []).gini is None
    nobody = evaluate([0.5, 0.2], [0.0, 0.0])
    assert (nobody.gini, nobody.bias, nobody.mean_label) == (None, None, 0.0)


def test_grouped_amounts_are_judged_nearly_as_exact_ones() -> None:
    rng = np.random.default_rng(1)
    said = rng.lognormal(0.0, 1.0, 4000)
    came = np.where(rng.random(4000) < 0.1, said * rng.lognormal(2.0, 1.0, 4000), 0.0)
    halves = AmountHistogram(), AmountHistogram()
    for number, (p, y) in enumerate(zip(said.tolist(), came.tolist(), strict=True)):
        halves[number % 2].add(p, y)
    halves[0].merge(halves[1])
    found, exact = halves[0].metrics(), evaluate(said, came)
    assert (found.labels, found.positives) == (exact.labels, exact.positives)
    for name in ("mae", "bias", "mean_label", "mean_prediction"):
        assert getattr(found, name) == pytest.approx(getattr(exact, name)), name
    for name in ("gini", "spearman", "top_decile_share"):
        assert getattr(found, name) == pytest.approx(getattr(exact, name), abs=0.02), name
    # a decile's edge falls inside a bin, whose labels are then shared evenly
    assert found.decile_mape == pytest.approx(exact.decile_mape, abs=0.05)


def test_memory_is_bounded_whatever_comes() -> None:
    rng, histogram = np.random.default_rng(2), AmountHistogram()
    for p, y in zip(
        rng.lognormal(0, 4, 20_000).tolist(), rng.lognormal(0, 4, 20_000).tolist(), strict=True
    ):
        histogram.add(p, y)
    assert len(histogram.cells) < 16_000
    histogram.add(0.0, 1e300)
    histogram.add(1e300, 0.0)
