"""How far a figure is from what other users would have given: by resampling users."""

from collections.abc import Iterator

import numpy as np

from benchmarks.quality.daily import Times

#: Draws for a standard error.
DRAWS = 200


def resamples(users: Times) -> Iterator[Times]:
    """Yield rows of as many users as there are, drawn with replacement; the same draws always.

    Args:
        users: whose each row is.
    """
    rng = np.random.default_rng(0)
    rows = [np.flatnonzero(users == user) for user in np.unique(users)]
    for _ in range(DRAWS):
        yield np.concatenate([rows[place] for place in rng.integers(0, len(rows), len(rows))])
