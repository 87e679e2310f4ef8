"""Which features a model takes: a digest that two models share when they take the same."""

import hashlib
from collections.abc import Iterable


def schema_of(feature_names: Iterable[str]) -> str:
    """Return a digest of features, by name and order.

    >>> schema_of(["a", "b"]) == schema_of(["b", "a"])
    False
    """
    return hashlib.sha256("\n".join(feature_names).encode()).hexdigest()[:16]
