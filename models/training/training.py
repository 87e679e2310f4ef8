"""Training: candidates go through the examples log in order, as the models that serve did."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from models.domain import Domain
from models.effects import Example
from models.intake import Intake
from models.origin import Origin
from models.recipes import Model
from models.training.judged import Judged


class Candidate:
    """A model in training.

    Attributes:
        origin: its recipe, and where in the log it begins.
        model: it.
        learnt: examples learnt.
        seconds: that learning them took.
        predictions: of the judged snapshots, by their number; None for those before its beginning.
    """

    def __init__(self, domain: Domain[Any, Any], origin: Origin, judged: int) -> None:
        self.origin = origin
        self.model: Model = domain.recipe(origin.recipe).build()
        self.learnt, self.seconds = 0, 0.0
        self.predictions: list[float | None] = [None] * judged


class Training:
    """Lets candidates learn a log, and predict the judged snapshots on their way.

    A snapshot is predicted when the candidate has learnt what the models that served had learnt
    when it was taken: neither sees a label before it was known.

    Args:
        domain: whose log.
        origins: the candidates.
        judged: the snapshots to predict, by position.
        clock: seconds, to say how long each candidate took.

    Attributes:
        candidates: as far as they have learnt.
        intake: through which the log goes.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        origins: Iterable[Origin],
        judged: Sequence[Judged] = (),
        clock: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.candidates = [Candidate(domain, origin, len(judged)) for origin in origins]
        self.intake = Intake()
        self._judged, self._next, self._clock = judged, 0, clock

    @property
    def position(self) -> int:
        """How many examples have been taken in."""
        return self.intake.position

    def take(self, example: Example) -> None:
        """Take in the next example of the log: predict what was predicted then, and learn."""
        self._predict(self.position)
        ripe = self.intake.take(example)
        for candidate in self.candidates if ripe else ():
            started = self._clock()
            for one in ripe:
                if one.at >= candidate.origin.since:
                    candidate.model.learn(one.features, one.gain, one.window)
                    candidate.learnt += 1
            candidate.seconds += self._clock() - started

    def finish(self) -> None:
        """Predict what is left, at the end of the log."""
        self._predict(self.position)

    def _predict(self, position: int) -> None:
        while self._next < len(self._judged) and self._judged[self._next].position <= position:
            judged = self._judged[self._next]
            for candidate in self.candidates:
                if candidate.learnt or not candidate.origin.since:
                    still = candidate.model.predict(judged.features)
                    candidate.predictions[self._next] = judged.known + still
            self._next += 1
