"""The learner: takes labelled examples in order, judges the predictions, and learns.

It is a function of the recipes and of the examples, in order: the same log gives the same models.
"""

import pickle
from typing import Any

from models.alarms import Alarm
from models.domain import Domain
from models.drift_report import DriftReport
from models.effects import Example, Snapshot
from models.errors import BadCheckpoint
from models.maturity import Maturing
from models.predictors import Predictors
from models.prequential import Prequential
from models.recipes import Model
from models.watch import Watch

#: Raised when what a checkpoint holds changes.
LAYOUT = 5

#: What unpickling raises when the code has changed since.
_UNREADABLE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    TypeError,
    ValueError,
)


class Learner:
    """Champion and challengers of one domain, learning.

    Args:
        domain: whose recipes learn.
        watch_drift: False watches for no drift.

    Attributes:
        position: examples taken in from the log, learnt or waiting.
        duplicates: examples skipped because they had been taken in before.
        gaps: examples that are missing: jumps in the numbering of a partition.
        models: by recipe name, the champion first.
        prequential: how right the predictions were, by the labels so far.
        watch: over drift; None where none is watched for.
        alarms: that were given and not collected yet.
    """

    def __init__(self, domain: Domain[Any, Any], *, watch_drift: bool = True) -> None:
        self.domain = domain
        self.position = 0
        self.duplicates = 0
        self.gaps = 0
        self.models: dict[str, Model] = {r.name: r.build() for r in domain.recipes}
        self.prequential = Prequential(tuple(self.models), domain.objective, domain.ages)
        self.watch = Watch(domain) if watch_drift else None
        self.alarms: list[Alarm] = []
        self._seen: dict[int, int] = {}
        self._seen_taken: dict[int, int] = {}
        self._maturing = Maturing()
        self._means = [0.0] * len(domain.feature_names)

    @property
    def version(self) -> str:
        """The champion's recipe and the position in the log, as in ``name@1234``."""
        return f"{next(iter(self.models))}@{self.position}"

    @property
    def waiting(self) -> int:
        """Examples taken in that wait for their horizon to pass."""
        return len(self._maturing)

    @property
    def clock(self) -> int:
        """The newest time at which a label became known, ms; 0 before the first."""
        return self._maturing.clock

    @property
    def learnt(self) -> int:
        """Examples learnt."""
        return self.position - self.waiting

    def learn(self, example: Example) -> None:
        """Take in the next example of the log.

        1. One that was taken in before is skipped: logs are delivered at least once.
        2. It waits until those of all snapshots of its age are known (``models.maturity``).
        3. The stored predictions, made when the snapshot was taken, meet the label, if it has one.
        4. Every model learns the features as they stood then, and what came in the window.
        5. The watch over drift compares the champion's prediction with the label.
        """
        last = self._seen.get(example.partition, 0)
        if example.seq <= last:
            self.duplicates += 1
            return
        self.gaps += example.seq - last - 1
        self._seen[example.partition] = example.seq
        self.position += 1
        for ripe in self._maturing.add(example):
            self._take(ripe)

    def take(self, snapshot: Snapshot) -> None:
        """Take in the next snapshot of the log, for the watch over drift; learn nothing yet."""
        if self.watch is None:
            return
        if snapshot.seq <= self._seen_taken.get(snapshot.partition, 0):
            self.duplicates += 1
            return
        self._seen_taken[snapshot.partition] = snapshot.seq
        champion = next(iter(self.models.values()))
        self.alarms += self.watch.taken(self.domain, snapshot, champion, self.version)

    def drift(self) -> DriftReport | None:
        """Return what there is to say of drift; None where none is watched for."""
        if self.watch is None:
            return None
        return self.watch.report(self.domain, next(iter(self.models)), self.prequential)

    def _take(self, example: Example) -> None:
        for model in self.models.values():
            model.learn(example.features, example.gain, example.window)
        if example.label is None:
            return
        self.prequential.update(example.predictions, example.label, example.version, example.age)
        share = 1.0 / self.prequential.labels
        self._means = [
            mean + (value - mean) * share
            for mean, value in zip(self._means, example.features.values(), strict=True)
        ]
        if self.watch is not None:
            self.alarms += self.watch.labelled(self.domain, example, self.clock)

    def predictors(self) -> Predictors:
        """Return an independent copy of the models, to serve with."""
        models = pickle.loads(pickle.dumps(self.models))  # noqa: S301  # our own bytes, just made
        means = dict(zip(self.domain.feature_names, self._means, strict=True))
        return Predictors(self.version, models, means, self.domain.objective)

    def checkpoint(self) -> bytes:
        """Return everything that must survive a restart; sign it before it leaves the process."""
        return pickle.dumps((LAYOUT, self._schema(self.domain), self._state()))

    @classmethod
    def restore(
        cls, domain: Domain[Any, Any], checkpoint: bytes, *, watch_drift: bool = True
    ) -> "Learner":
        """Return the learner as it was: going on from here equals never having stopped.

        Args:
            domain: the same domain, with the same features and recipes.
            checkpoint: from ``checkpoint``; verified before, because unpickling runs code.
            watch_drift: as of a new one; a watch that begins later begins anew.

        Raises:
            BadCheckpoint: the checkpoint is of other features, recipes or layout.
        """
        try:
            layout, schema, state = pickle.loads(checkpoint)  # noqa: S301  # verified by the caller
        except _UNREADABLE as error:
            raise BadCheckpoint(
                f"the checkpoint of {domain.name} cannot be read by this release "
                f"({type(error).__name__}: {error}); rebuild the models from the examples topic"
            ) from error
        if layout != LAYOUT or schema != cls._schema(domain):
            raise BadCheckpoint(
                f"the checkpoint is not of this {domain.name} domain: its features, recipes, "
                "horizon or layout differ; rebuild the models from the examples topic"
            )
        learner = cls(domain, watch_drift=watch_drift)
        begun = learner.watch
        learner.__dict__.update(state)
        if learner.watch is None or not watch_drift:
            learner.watch = begun
        return learner

    @staticmethod
    def _schema(domain: Domain[Any, Any]) -> tuple[object, ...]:
        wait = domain.horizon + domain.grace
        recipes = tuple(recipe.name for recipe in domain.recipes)
        return (domain.name, domain.feature_names, recipes, wait, domain.ages)

    def _state(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "domain"}
