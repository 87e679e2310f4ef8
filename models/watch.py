"""The watch over drift of one domain: all detectors, and one alarm a shift."""

import pickle
from array import array
from typing import Any

from models.alarms import Alarm
from models.data_watch import DataWatch, Moved
from models.debounce import Debounce
from models.domain import Domain
from models.drift_report import DriftReport, EstimateReport, ReferenceReport
from models.effects import Example, Snapshot
from models.label_watch import Found, LabelWatch
from models.plan import DAY_MS
from models.prequential import Prequential
from models.recipes import Model

#: Scores without labels that an estimate is made of.
_ESTIMATED = 1000


class Watch:
    """Watches one domain: a function of the snapshots and labels, each in order.

    Args:
        domain: which.

    Attributes:
        clock: event time of the newest snapshot, ms; 0 before the first.
    """

    def __init__(self, domain: Domain[Any, Any]) -> None:
        self.clock = 0
        self._labels, self._data = LabelWatch(domain), DataWatch(domain)
        self._debounce = Debounce()
        self._first_at = 0
        self._pinned = ""
        self._newest: list[array[float]] = [array("d") for _ in domain.ages]

    def taken(
        self, domain: Domain[Any, Any], snapshot: Snapshot, champion: Model, version: str
    ) -> list[Alarm]:
        """Take in a snapshot, as it was taken.

        Args:
            domain: the same as ever.
            snapshot: whose turn it was (``is_turn``).
            champion: of this moment; a copy is pinned when there is none yet.
            version: its version.
        """
        at = snapshot.at
        self.clock = max(self.clock, at)
        self._first_at = self._first_at or at
        moved = self._data.update(snapshot.user_id, at, snapshot.features, snapshot.known)
        settled = at >= self._first_at + domain.settling
        if not self._pinned and settled and self._data.can_pin:
            self.pin(champion, version)
        scores = self._newest[snapshot.age]
        scores.append(snapshot.score)
        del scores[:-_ESTIMATED]
        return self._tell_moved(domain, moved, snapshot)

    def labelled(self, domain: Domain[Any, Any], example: Example, clock: int) -> list[Alarm]:
        """Take in a label that is learnt at ``clock`` (event time, ms)."""
        alarms = []
        for found in self._labels.update(domain, example, clock):
            # who is wrong in one way is in others too, soon after
            if self._debounce.is_new((found.kind, found.direction), clock):
                self._labels.told(found, clock)
                alarms.append(_alarm_of(domain, found, clock, example.version))
        return alarms

    def pin(self, champion: Model, version: str) -> None:
        """Compare data from now on with the week behind, scores with this champion's."""
        self._data.pin(pickle.loads(pickle.dumps(champion)))  # noqa: S301  # our own bytes, just made
        self._pinned = version

    def promoted(self, champion: Model, version: str) -> None:
        """Pin a new champion, unless it is too early to pin any."""
        if self._pinned:
            self.pin(champion, version)

    def report(
        self, domain: Domain[Any, Any], champion: str, prequential: Prequential
    ) -> DriftReport:
        """Return what there is to say.

        Args:
            domain: the same as ever.
            champion: the name of its recipe.
            prequential: the labels that have come.
        """
        week, delay = self._data.reference, self._labels.delay
        reference = None
        if week is not None:
            until = (week.until + 1) * DAY_MS
            reference = ReferenceReport(week.since * DAY_MS, until, week.count, self._pinned)
        estimated = [
            EstimateReport(
                champion,
                name,
                len(scores),
                prequential.histogram(champion, age).expected(scores),
            )
            for age, (name, scores) in enumerate(zip(domain.ages, self._newest, strict=True))
        ]
        return DriftReport(
            clock=self.clock,
            label_delay=None if delay is None else delay / 1000.0,
            reference=reference,
            signals=self._labels.report(),
            features=self._data.report(),
            estimated=estimated,
        )

    def _tell_moved(
        self, domain: Domain[Any, Any], moved: list[Moved], snapshot: Snapshot
    ) -> list[Alarm]:
        """Return one alarm for all that has moved on a day: of what moved most."""
        if not moved:
            return []
        new = [self._debounce.is_new("data", snapshot.at) for _ in moved]
        if not new[0]:
            return []
        most = max(moved, key=lambda m: (m.strength, m.feature))
        for one in moved:
            self._data.told(one.feature, snapshot.at)
        shift = most.shift
        direction: Any = "up" if shift.after > shift.before else "down"
        return [
            Alarm(
                id=f"data-{most.feature}-{snapshot.at}",
                domain=domain.name,
                kind="data",
                signal=most.feature,
                method=most.method,
                direction="changed" if most.method == "psi" else direction,
                event_time=snapshot.at,
                since=shift.since * DAY_MS,
                before=shift.before,
                after=shift.after,
                values=shift.values,
                version=snapshot.version,
                also=tuple(sorted({one.feature for one in moved} - {most.feature})),
            )
        ]


def _alarm_of(domain: Domain[Any, Any], found: Found, clock: int, version: str) -> Alarm:
    shift = found.shift
    return Alarm(
        id=f"{found.kind}-{found.signal}-{clock}",
        domain=domain.name,
        kind=found.kind,
        signal=found.signal,
        method="adwin",
        direction=found.direction,
        event_time=clock,
        since=shift.since * DAY_MS,
        before=shift.before,
        after=shift.after,
        values=shift.values,
        version=version,
    )
