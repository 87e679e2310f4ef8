"""The learner: takes labelled examples in order, judges the predictions, learns, and decides.

It is a function of the recipes, of the examples in order, and of what was wished for at which
position: the same gives the same models, and the same champion.
"""

import pickle
from typing import Any

from models.alarms import Alarm
from models.contest.decisions import Decision
from models.contest.lineup import Lineup
from models.contest.referee import Moment, Referee
from models.contest.wishes import Challenge, Wish
from models.domain import Domain
from models.drift_report import DriftReport
from models.effects import Example, Snapshot
from models.errors import BadCheckpoint
from models.intake import Intake
from models.origin import Origin
from models.predictors import Predictors
from models.prequential import Prequential
from models.recipes import Model
from models.tail import Tail
from models.watch import Watch

#: Raised when what a checkpoint holds changes.
LAYOUT = 6

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

#: What a checkpoint leaves out: given anew, or only for who comes late.
_LEFT_OUT = ("domain", "_tail")


class Learner:
    """Champion and challengers of one domain, learning.

    Args:
        domain: whose recipes learn.
        watch_drift: False watches for no drift.

    Attributes:
        records: records of the log taken in, examples and snapshots.
        learnt: examples learnt.
        referee: decides about the line-up.
        prequential: how right the predictions were, by the labels so far.
        watch: over drift; None where none is watched for.
        alarms: that were given and not collected yet.
    """

    def __init__(self, domain: Domain[Any, Any], *, watch_drift: bool = True) -> None:
        self.domain = domain
        self.watch = Watch(domain) if watch_drift else None
        self.alarms: list[Alarm] = []
        self._intake = Intake()
        self.referee = Referee(domain)
        names = tuple(self.models)
        self.prequential = Prequential(names, domain.objective, domain.ages)
        self._skipped = self.records = self.learnt = 0
        self._seen_taken: dict[int, int] = {}
        self._means = [0.0] * len(domain.feature_names)
        self._tail = Tail(domain.feature_names, 0)

    @property
    def lineup(self) -> Lineup:
        """Who serves, and who shadows."""
        return self.referee.lineup

    @property
    def models(self) -> dict[str, Model]:
        """All models by name, the champion first."""
        return self.lineup.models

    @property
    def champion(self) -> Model:
        """The model that serves."""
        return self.models[self.lineup.champion]

    @property
    def position(self) -> int:
        """Examples taken in from the log, learnt or waiting."""
        return self._intake.position

    @property
    def duplicates(self) -> int:
        """Records skipped because they had been taken in before."""
        return self._intake.duplicates + self._skipped

    @property
    def gaps(self) -> int:
        """Examples that are missing: jumps in the numbering of a partition."""
        return self._intake.gaps

    @property
    def version(self) -> str:
        """The champion's name and the position in the log, as in ``name@1234``."""
        return f"{self.lineup.champion}@{self.position}"

    @property
    def waiting(self) -> int:
        """Examples taken in that wait for their horizon to pass."""
        return self._intake.waiting

    @property
    def clock(self) -> int:
        """The newest time at which a label became known, ms; 0 before the first."""
        return self._intake.clock

    def learn(self, example: Example) -> None:
        """Take in the next example of the log.

        1. One that was taken in before is skipped: logs are delivered at least once.
        2. It waits until those of all snapshots of its age are known (``models.maturity``).
        3. Every model learns the features as they stood then, and what came in the window.
        4. The stored predictions, made when the snapshot was taken, meet the label, if it has one.
        5. The watch over drift compares the champion's prediction with the label.
        6. The contests between the models may be decided by it.
        """
        before = self.position
        ripe = self._intake.take(example)
        self.records += self.position - before
        for one in ripe:
            self._take(one)

    def take(self, snapshot: Snapshot) -> None:
        """Take in the next snapshot of the log, for the watch over drift; learn nothing yet."""
        if snapshot.seq <= self._seen_taken.get(snapshot.partition, 0):
            self._skipped += 1
            return
        self._seen_taken[snapshot.partition] = snapshot.seq
        self.records += 1
        if self.watch is not None:
            self.alarms += self.watch.taken(self.domain, snapshot, self.champion, self.version)

    def grant(self, wish: Wish, model: Model | None = None) -> bool:
        """Carry out a wish or refuse it; return False when its time has not come yet.

        Args:
            wish: what is asked for.
            model: of a ``Challenge``: as it stands at the wish's position. It is taught what has
                been learnt since.
        """
        if isinstance(wish, Challenge) and model is not None:
            if wish.position > self.position:
                return False
            if not self._tail.reaches(wish.position):
                self.refuse(wish, "it stands too far behind in the examples log; train it again")
                return True
            self._tail.teach(model, wish.position, Origin.parse(wish.model).since)
        before = self.lineup.champion
        self.referee.grant(self.domain, wish, self.moment, model)
        self.line_up_changed(before)
        return True

    def refuse(self, wish: Wish, reason: str) -> None:
        """Note that a wish is not carried out, and why."""
        self.referee.refuse(self.domain, wish, self.moment, reason)

    def begin(self) -> None:
        """Note, once and for all, with which line-up learning begins."""
        self.referee.begin(self.domain, self.moment)

    def collect_decisions(self) -> list[Decision]:
        """Return the decisions that were taken since this was asked last."""
        taken, self.referee.decisions = self.referee.decisions, []
        return taken

    def drift(self) -> DriftReport | None:
        """Return what there is to say of drift; None where none is watched for."""
        if self.watch is None:
            return None
        return self.watch.report(self.domain, self.lineup.champion, self.prequential)

    @property
    def moment(self) -> Moment:
        """How far it is."""
        return Moment(self.position, self.records, self.learnt, self.clock)

    def _take(self, example: Example) -> None:
        self.learnt += 1
        self.lineup.learn(example)
        self._tail.add(self.position, example)
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
        before = self.lineup.champion
        if self.referee.labelled(self.domain, example, self.moment):
            self.line_up_changed(before)

    def line_up_changed(self, champion_before: str) -> None:
        """Judge who is in the line-up now; watch for drift from a new champion's point of view."""
        self.prequential.follow(tuple(self.models))
        if self.watch is not None and self.lineup.champion != champion_before:
            self.watch.promoted(self.champion, self.version)

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

        The line-up is that of the checkpoint, whatever recipes the domain has now: a release
        changes no champion by itself.

        Args:
            domain: the same domain, with the same features and horizon.
            checkpoint: from ``checkpoint``; verified before, because unpickling runs code.
            watch_drift: as of a new one; a watch that begins later begins anew.

        Raises:
            BadCheckpoint: the checkpoint is of other features or of another layout.
        """
        try:
            layout, schema, state = pickle.loads(checkpoint)  # noqa: S301  # verified by the caller
        except _UNREADABLE as error:
            raise BadCheckpoint(
                f"the checkpoint of {domain.name} cannot be read by this release "
                f"({type(error).__name__}: {error}); `stream rebuild --domain {domain.name}` makes "
                "it again from the examples log"
            ) from error
        if layout != LAYOUT or schema != cls._schema(domain):
            raise BadCheckpoint(
                f"the checkpoint is not of this {domain.name} domain: its features, horizon or "
                f"layout differ; `stream rebuild --domain {domain.name}` makes it again from the "
                "examples log"
            )
        learner = cls(domain, watch_drift=watch_drift)
        begun = learner.watch
        learner.__dict__.update(state)
        if learner.watch is None or not watch_drift:
            learner.watch = begun
        learner._tail = Tail(domain.feature_names, learner.position)
        return learner

    @staticmethod
    def _schema(domain: Domain[Any, Any]) -> tuple[object, ...]:
        wait = domain.horizon + domain.grace
        return (domain.name, domain.feature_names, wait, domain.ages)

    def _state(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name not in _LEFT_OUT}
