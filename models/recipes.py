"""Recipes: how a model is made. A model is its recipe and the examples it has learnt, in order."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import signature
from operator import mul
from typing import NamedTuple, Protocol, runtime_checkable

from models.logistic import MAX_LOG_ODDS, sigmoid


class Model(Protocol):
    """What a recipe makes: predicts one number and learns from one example."""

    def predict(self, features: dict[str, float]) -> float:
        """Return the prediction: a calibrated probability, or the amount still expected."""

    def learn(self, features: dict[str, float], gain: float, window: int = 0) -> None:
        """Learn one example: what came in one of the windows after the snapshot."""


class Assessment(NamedTuple):
    """All that a model of amounts says of one user.

    Attributes:
        expected: what is still to come, on average.
        chance: that anything is.
        effects: what each feature adds to the expected amount, against the average example.
    """

    expected: float
    chance: float
    effects: dict[str, float]


@runtime_checkable
class AmountModel(Model, Protocol):
    """A model of amounts that says more than their expectation."""

    def assess(self, features: dict[str, float]) -> Assessment:
        """Return expectation, chance and effects, in one look."""


class Linear(NamedTuple):
    """A model that is linear in log-odds, on raw features.

    Attributes:
        bias: log-odds when every feature is 0.
        weights: log-odds a unit of each feature, in the domain's order.
    """

    bias: float
    weights: tuple[float, ...]

    def probability(self, values: Iterable[float]) -> float:
        """Return the probability; ``values`` stand in the order of the weights."""
        z = sum(map(mul, self.weights, values), self.bias)
        return sigmoid(max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, z)))


@runtime_checkable
class LinearModel(Model, Protocol):
    """A model that can be written as one dot product: fast to serve, and explained exactly."""

    def linear(self, names: Sequence[str]) -> Linear:
        """Return the model as it stands, its weights in the order of ``names``."""


@dataclass(frozen=True)
class Recipe:
    """A named way to make a model.

    Attributes:
        name: names the model in versions, metrics and examples (``kalman_logistic``). A recipe
            that changes gets a new name: models are restored and compared by it.
        title: one line for people.
        build: makes a new, unlearnt model; always the same one.
    """

    name: str
    title: str
    build: Callable[[], Model]

    @property
    def parameters(self) -> dict[str, float | str]:
        """Its hyper-parameters by name, as far as ``build`` is a partial that tells them.

        >>> from functools import partial
        >>> def build(rate: float, l2: float = 0.0) -> Model: ...
        >>> Recipe("sgd", "SGD", partial(build, 0.01)).parameters
        {'rate': 0.01, 'l2': 0.0}
        """
        if not isinstance(self.build, partial):
            return {}
        bound = signature(self.build.func).bind_partial(*self.build.args, **self.build.keywords)
        bound.apply_defaults()
        return {name: _told(value) for name, value in bound.arguments.items()}


def _told(value: object) -> float | str:
    if isinstance(value, int | float | str):
        return value
    if isinstance(value, partial):
        given = [*map(_told, value.args), *(f"{k}={_told(v)}" for k, v in value.keywords.items())]
        return f"{getattr(value.func, '__name__', value.func)}({', '.join(map(str, given))})"
    if isinstance(value, Mapping):
        return f"{len(value)} given"
    if isinstance(value, Sequence):
        return ", ".join(str(_told(one)) for one in value)
    return str(getattr(value, "__name__", value))
