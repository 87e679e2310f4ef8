from dataclasses import replace

import pytest

from benchmarks.brokers import Compared, figures
from benchmarks.job import Timing
from benchmarks.outcome import Outcome

LEFT = Outcome("ab", {"records": 9}, 9, 2, "cd", 0)


def timing(scored: float, learnt: float, work: float) -> Timing:
    return Timing(scored, learnt, scored, {"workers": 1.0}, 0.0, work)


def test_the_ratio_is_the_median_of_pairs_and_not_that_of_medians() -> None:
    found = Compared()
    # the machine was twice as fast in the second round: the pairs know it, the medians do not
    found.runs["kafka", "weir"] = [timing(10, 10, 80), timing(20, 20, 40), timing(11, 11, 80)]
    found.runs["kafka", "quix"] = [timing(5, 5, 160), timing(10, 10, 80), timing(11, 11, 160)]
    assert found.ratio("kafka", "quix", "learnt") == pytest.approx(2)
    assert found.ratio("kafka", "quix", "work") == pytest.approx(0.5)
    named = figures(found)
    assert named["kafka_quix_scored_ratio"] == pytest.approx(2)
    assert named["kafka_weir_events_s"] == pytest.approx(11)


def test_what_was_left_is_compared_by_name() -> None:
    assert LEFT.unlike(LEFT) == []
    assert LEFT.unlike(replace(LEFT, states="ac", scores=8)) == ["states", "scores"]
