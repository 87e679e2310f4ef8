import random
from collections import Counter

import numpy as np
import pytest
from scipy.stats import chi2

from models import psi


def drawn(rng: random.Random, shares: list[float], count: int) -> Counter[float]:
    return Counter(map(float, rng.choices(range(len(shares)), shares, k=count)))


def test_it_is_the_textbooks_sum() -> None:
    before, now = {1.0: 6000.0, 2.0: 4000.0}, {1.0: 3000.0, 2.0: 7000.0}
    wanted = (0.3 - 0.6) * np.log(0.3 / 0.6) + (0.7 - 0.4) * np.log(0.7 / 0.4)
    assert psi.psi(before, now) == pytest.approx(wanted, rel=1e-3)
    assert psi.psi(before, now) == pytest.approx(psi.psi(now, before))


def test_chance_alone_stays_below_the_limit() -> None:
    rng, shares = random.Random(1), [0.4, 0.3, 0.1, 0.1, 0.05, 0.05]
    for count in (30, 300, 3000):
        limit = psi.limit(len(shares), count, count)
        over = sum(
            psi.psi(drawn(rng, shares, count), drawn(rng, shares, count)) > limit
            for _ in range(300)
        )
        assert over <= 1, count


def test_the_limit_is_a_quantile_of_chi_squared() -> None:
    for bins in (3, 10, 21):
        wanted = chi2.ppf(1.0 - 1e-4, bins - 1) * (1 / 50 + 1 / 80)
        assert psi.limit(bins, 50, 80) == pytest.approx(wanted, rel=0.06)


def test_the_rare_are_one_and_the_unseen_belong_to_them() -> None:
    kept = Counter({float(number): 100 - number for number in range(50)})
    found = psi.lumped(Counter({0.0: 5, 30.0: 2, 777.0: 3}), kept)
    assert len(found) == psi.MOST + 1
    assert found[0.0] == 5
    assert sum(found.values()) == 10
    assert [count for count in found.values() if count] == [5, 5]


def test_what_has_one_bin_never_moves() -> None:
    assert psi.limit(1, 100, 100) == float("inf")
