"""Where a value turns from good to bad, and the colours that say so."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsConfig

T = TypeVar("T")

#: Colours that Grafana adapts to its light and its dark theme.
GREEN, YELLOW, RED, BLUE = "green", "yellow", "red", "blue"


class Ready(Builder[T], Generic[T]):
    """What is built already, where a builder is asked for."""

    def __init__(self, built: T) -> None:
        self._built = built

    def build(self) -> T:
        """Return it."""
        return self._built


@dataclass(frozen=True)
class Limits:
    """Where a value turns from good to noticeable, and from there to bad.

    Attributes:
        noticed: first limit; None for none.
        bad: second limit; None for none.
        falling: a value is bad below its limits, not above.
    """

    noticed: float | None = None
    bad: float | None = None
    falling: bool = False

    def config(self) -> ThresholdsConfig:
        """Return them as Grafana has them: each step's colour holds from its value on."""
        marks = [(self.noticed, YELLOW), (self.bad, RED)]
        given = [(value, colour) for value, colour in marks if value is not None]
        if not given:
            return ThresholdsConfig(steps=[Threshold(None, BLUE)])
        if not self.falling:
            return ThresholdsConfig(
                steps=[Threshold(None, GREEN), *(Threshold(v, c) for v, c in given)]
            )
        given.reverse()  # the lowest value first; what is above it has the next one's colour
        colours = [*(colour for _, colour in given), GREEN]
        values = [None, *(value for value, _ in given)]
        return ThresholdsConfig(
            steps=[Threshold(v, c) for v, c in zip(values, colours, strict=True)]
        )


#: Nothing is good or bad about it.
NEUTRAL = Limits()
