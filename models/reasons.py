"""Why a score is what it is: what each feature adds to the log-odds, against the average user."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from models.calibrate import log_odds
from models.recipes import Linear, Model


class Reason(msgspec.Struct, gc=False):
    """What one feature does to a score.

    Attributes:
        feature: its name.
        value: its value, on the feature's own scale.
        effect: what it adds to the log-odds compared with the average user; positive raises.
        words: the value as a person reads it.
    """

    feature: str
    value: float
    effect: float
    words: str


class Describer(Protocol):
    """What reasons need of a domain."""

    def describe(self, feature: str, value: float) -> str:
        """Say a feature's value in words that a person reads."""


def linear_effects(
    linear: Linear, features: Mapping[str, float], means: Mapping[str, float]
) -> dict[str, float]:
    """Return each feature's exact share of the log-odds, relative to the means."""
    return {
        name: weight * (value - means[name])
        for weight, (name, value) in zip(linear.weights, features.items(), strict=True)
    }


def occlusion_effects(
    model: Model, features: Mapping[str, float], means: Mapping[str, float]
) -> dict[str, float]:
    """Return how far the log-odds fall when one feature becomes average, the others kept."""
    whole = log_odds(model.predict(dict(features)))
    return {
        name: whole - log_odds(model.predict({**features, name: means[name]})) for name in features
    }


def strongest(
    domain: Describer, features: Mapping[str, float], effects: Mapping[str, float], top: int
) -> list[Reason]:
    """Return the features of largest effect, either way, the largest first."""
    ranked: Sequence[str] = sorted(effects, key=lambda name: (-abs(effects[name]), name))
    return [
        Reason(name, features[name], effects[name], domain.describe(name, features[name]))
        for name in ranked[:top]
        if effects[name]
    ]
