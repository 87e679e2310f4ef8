"""What the trainer does, beside a backtest: retrains when it is due, at once."""

from typing import Any

from models.contest.wishes import Challenge
from models.domain import Domain
from models.effects import Example
from models.learner import Learner
from models.training.study import Study
from stream.retraining.state import Request
from stream.retraining.triggers import Memory, due
from stream.settings import Settings

_HOUR_MS = 3_600_000


class Retrainer:
    """Retrains on the schedule and on drift, as the settings say; no time passes meanwhile.

    Args:
        domain: whose models.
        learner: decides whether what was retrained may serve.
        settings: schedule, cool-down, labels to judge by.
    """

    def __init__(self, domain: Domain[Any, Any], learner: Learner, settings: Settings) -> None:
        self._domain, self._learner, self._settings = domain, learner, settings
        self._examples: list[Example] = []
        self._memory, self._looked = Memory(), 0

    def take(self, example: Example) -> None:
        """Add an example to the log that candidates learn."""
        self._examples.append(example)

    def look(self, clock: int) -> None:
        """Do what is due by the stream's clock (ms); it looks once an hour."""
        if clock - self._looked < _HOUR_MS:
            return
        self._looked = clock
        newest_first = self._learner.alarms[::-1]
        asked, self._memory = due(self._settings, self._memory, newest_first, clock, clock)
        if asked is not None:
            self._retrain(asked)

    def _retrain(self, asked: Request) -> None:
        found = Study(
            self._domain,
            lambda: iter(self._examples),
            self._learner.lineup.champion,
            tuple(self._learner.models),
            shift=asked.shift,
            most=self._settings.retrain_labels,
        ).run()
        if not found.choice.model:
            return
        candidate = found.candidate()
        wish = Challenge(
            asked.id,
            asked.by,
            str(candidate.origin),
            found.training.position,
            b"",
            found.choice.why,
        )
        self._learner.grant(wish, candidate.model)
