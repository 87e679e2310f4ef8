"""Why a score is what it is: what each feature adds to it, against the average user.

A chance is explained in log-odds, an amount in its own currency.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from models.recipes import Linear, Model


class Reason(msgspec.Struct, gc=False):
    """What one feature does to a score.

    Attributes:
        feature: its name.
        value: its value, on the feature's own scale.
        effect: what it adds to the log-odds, or to the amount, compared with the average user.
        words: the value as a person reads it.
    """

    feature: str
    value: float
    effect: float
    words: str


class Describer(Protocol):
    """What reasons need of a domain."""

    @property
    def known_by(self) -> str:
        """The feature that tells what is known of the outcome; empty for none."""

    def describe(self, feature: str, value: float, data: Any) -> str:
        """Say a feature's value, of a user with this data, in words that a person reads."""


def linear_effects(
    linear: Linear, features: Mapping[str, float], means: Mapping[str, float]
) -> dict[str, float]:
    """Return each feature's exact share of the log-odds, relative to the means."""
    return {
        name: weight * (value - means[name])
        for weight, (name, value) in zip(linear.weights, features.items(), strict=True)
    }


def occlusion_effects(
    model: Model,
    features: Mapping[str, float],
    means: Mapping[str, float],
    scale: Callable[[float], float],
) -> dict[str, float]:
    """Return how far the prediction, scaled, falls when one feature becomes average."""
    whole = scale(model.predict(dict(features)))
    return {
        name: whole - scale(model.predict({**features, name: means[name]})) for name in features
    }


def strongest(
    domain: Describer,
    features: Mapping[str, float],
    effects: Mapping[str, float],
    data: Any,
    top: int,
) -> list[Reason]:
    """Return the features of largest effect, either way, the largest first."""
    ranked: Sequence[str] = sorted(effects, key=lambda name: (-abs(effects[name]), name))
    return [
        Reason(name, features[name], effects[name], domain.describe(name, features[name], data))
        for name in ranked[:top]
        if effects[name]
    ]
