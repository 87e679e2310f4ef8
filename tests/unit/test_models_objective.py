"""What is said of a kind of label."""

from itertools import pairwise

import pytest

from models.objective import AMOUNT, CHANCE, Objective


@pytest.mark.parametrize("objective", [CHANCE, AMOUNT], ids=lambda one: one.kind)
def test_bands_begin_at_nothing_and_ascend(objective: Objective) -> None:
    assert objective.bands[0] == 0.0
    assert all(low < high for low, high in pairwise(objective.bands))
    assert all(objective.valid(bound) for bound in objective.bands)
