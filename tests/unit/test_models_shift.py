import pickle
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from models.shift import ShiftDetector


def fed(detector: ShiftDetector, days: range, mean: float, rng: random.Random) -> None:
    for day in days:
        for _ in range(100):
            detector.update(rng.gauss(mean, 1.0), day)


def test_an_abrupt_shift_is_placed_on_its_day_and_told_once() -> None:
    rng, detector = random.Random(1), ShiftDetector(0.002)
    fed(detector, range(20), 0.0, rng)
    assert detector.shift(0.3) is None
    found = []
    for day in range(20, 40):
        fed(detector, range(day, day + 1), 1.0, rng)
        shift = detector.shift(0.3)
        if shift is not None:
            found.append((day, shift))
    [(day, shift)] = found
    assert day <= 22
    assert shift.since == 20
    assert abs(shift.before) < 0.1
    assert abs(shift.after - 1.0) < 0.4
    assert shift.values == 100 * (day - 19)


def test_what_is_significant_and_small_is_no_shift() -> None:
    rng, detector = random.Random(2), ShiftDetector(0.002)
    fed(detector, range(30), 0.0, rng)
    fed(detector, range(30, 60), 0.2, rng)
    assert detector.detections > 0
    assert detector.shift(0.5) is None


def test_a_ramp_is_told_when_it_has_gone_far_enough() -> None:
    rng, detector = random.Random(3), ShiftDetector(0.002)
    fed(detector, range(20), 0.0, rng)
    told = []
    for day in range(20, 45):
        fed(detector, range(day, day + 1), (day - 20) / 25.0, rng)
        if detector.shift(0.4) is not None:
            told.append(day)
    assert told
    assert 25 <= told[0] <= 40


def test_nothing_is_found_where_nothing_happens() -> None:
    found = 0
    for seed in range(20):
        rng, detector = random.Random(seed), ShiftDetector(0.002)
        fed(detector, range(40), 0.0, rng)
        found += detector.detections
    assert found <= 1


def test_a_shift_has_to_last_and_a_large_one_less_long() -> None:
    told: dict[float, int] = {}
    for size in (0.6, 1.5):
        rng, detector = random.Random(4), ShiftDetector(0.002)
        fed(detector, range(20), 0.0, rng)
        for day in range(20, 40):
            fed(detector, range(day, day + 1), size, rng)
            if detector.shift(0.3, lasting=10) is not None:
                told.setdefault(size, day)
    assert 24 <= told[0.6] <= 26  # half of ten days
    assert 21 <= told[1.5] <= 22  # a fifth


def test_what_was_before_may_be_told_to_a_detector() -> None:
    shifts = []
    for count in (0, 700):
        rng, detector = random.Random(6), ShiftDetector(0.002)
        if count:
            detector.begin(13, count)
        fed(detector, range(20, 22), 1.0, rng)
        for day in range(22, 25):
            fed(detector, range(day, day + 1), 0.0, rng)
        shifts.append(detector.shift(0.5))
    alone, told = shifts
    assert alone is not None
    assert alone.since == 22
    assert told is None  # it has gone back to where it was


def test_stragglers_count_with_their_day() -> None:
    rng, detector = random.Random(5), ShiftDetector(0.002)
    fed(detector, range(20), 0.0, rng)
    for day in range(20, 24):
        for _ in range(50):
            detector.update(rng.gauss(1.0, 1.0), day)
            detector.update(rng.gauss(0.0, 1.0), day - 10)
    shift = detector.shift(0.3)
    assert shift is not None
    assert shift.since == 20


@given(st.integers(0, 2**32), st.integers(1, 2999))
@settings(max_examples=20)
def test_a_detector_that_was_put_away_goes_on_as_if_it_had_not(seed: int, cut: int) -> None:
    rng = random.Random(seed)
    values = [rng.gauss(0.5 if n > 1500 else 0.0, 1.0) for n in range(3000)]
    whole, pieces = ShiftDetector(0.01), ShiftDetector(0.01)
    for number, value in enumerate(values):
        if number == cut:
            pieces = pickle.loads(pickle.dumps(pieces))
        for detector in (whole, pieces):
            detector.update(value, number // 100)
        assert whole.shift(0.2) == pieces.shift(0.2)
    assert whole.mean == pieces.mean
    assert whole.window == pieces.window
