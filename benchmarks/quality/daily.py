"""Retraining every midnight: which labels were known then, and which snapshots followed."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no types

DAY_MS = 86_400_000

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Mask = NDArray[np.bool_]


def days(at: Times, known: Times, first: int, end: int) -> Iterator[tuple[Mask, Mask]]:
    """Yield, for every day on which snapshots are taken, what was known when it began, and they.

    Args:
        at: when the snapshots were taken, ms.
        known: when each one's label may be learnt from, ms.
        first: when the first day begins, ms.
        end: the end of the log, ms.
    """
    for now in range(first, end + 1, DAY_MS):
        today = (at >= now) & (at < now + DAY_MS)
        if today.any():
            yield known <= now, today


def one_thread() -> AbstractContextManager[object]:
    """Limit linear algebra and scikit-learn's trees to one thread, at once, until its context ends.

    Threads wait for each other busily: on a shared machine two may take twenty times as long as
    one, and these tables are too small for two to gain anything. The results are the same.
    """
    limited: AbstractContextManager[object] = threadpool_limits(1)
    return limited
