"""What is computed of a score outside the models: percentiles and times."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from api.scoring import iso, percentile

score = st.floats(0, 1)


@given(others=st.lists(score, min_size=1), now=score, ranked=score)
def test_the_percentile_is_the_share_of_the_others_below(
    others: list[float], now: float, ranked: float
) -> None:
    ranking = [*others, ranked]
    below = sum(one < now for one in ranking)
    expected = 100 * sum(one < now for one in others) / len(others)
    assert percentile(len(ranking), below, now, ranked) == round(expected, 2)


@given(others=st.lists(score, min_size=1), now=score)
def test_a_user_outside_the_ranking_is_compared_with_all_of_it(
    others: list[float], now: float
) -> None:
    below = sum(one < now for one in others)
    assert percentile(len(others), below, now, None) == round(100 * below / len(others), 2)


def test_alone_there_is_no_percentile() -> None:
    assert percentile(1, 1, 0.5, 0.4) is None
    assert percentile(0, 0, 0.5, None) is None


@given(total=st.integers(0, 10), below=st.integers(0, 10), now=score, ranked=st.none() | score)
def test_a_ranking_that_moves_meanwhile_gives_a_percentile_all_the_same(
    total: int, below: int, now: float, ranked: float | None
) -> None:
    result = percentile(total, below, now, ranked)
    assert result is None or 0 <= result <= 100


@given(st.integers(631_152_000_000, 4_102_444_799_999))
def test_times_keep_their_milliseconds(ms: int) -> None:
    text = iso(ms)
    assert text.endswith("Z")
    assert round(datetime.fromisoformat(text).timestamp() * 1000) == ms
