import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decay import DAY, Decayed

TAUS = (1 * DAY, 7 * DAY)
START = 1_538_352_000_000

times = st.lists(st.integers(0, 400 * int(DAY)), min_size=1, max_size=30)


def read(counts: Decayed, now: int) -> list[float]:
    return [sums[0] * counts.factor(TAUS, scale, now) for scale, sums in enumerate(counts.sums)]


def count(offsets: list[int]) -> Decayed:
    counts = Decayed.empty(START, [1] * len(TAUS))
    for offset in offsets:
        counts.add(TAUS, START + offset, 0)
    return counts


@given(times)
def test_a_reading_is_the_sum_of_decayed_weights(offsets: list[int]) -> None:
    now = START + max(offsets) + 3_600_000
    expected = [sum(math.exp((START + o - now) / tau) for o in offsets) for tau in TAUS]
    assert read(count(sorted(offsets)), now) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(times, st.randoms())
def test_the_order_of_events_does_not_matter(offsets: list[int], random: "object") -> None:
    shuffled = list(offsets)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands over a Random
    now = START + max(offsets)
    assert read(count(shuffled), now) == pytest.approx(read(count(offsets), now), rel=1e-9)


def test_years_of_silence_neither_overflow_nor_lose_the_present() -> None:
    counts = count([0, 3650 * int(DAY)])
    assert read(counts, START + 3650 * int(DAY)) == pytest.approx([1.0, 1.0])


def test_a_scale_counts_the_first_kinds_only() -> None:
    counts = Decayed.empty(START, (1, 2))
    counts.add(TAUS, START, 1)
    assert counts.sums == [[0.0], [0.0, 1.0]]


@given(times)
def test_the_encoding_is_exact(offsets: list[int]) -> None:
    raw = msgspec.msgpack.encode(count(offsets))
    assert msgspec.msgpack.encode(msgspec.msgpack.decode(raw, type=Decayed)) == raw
