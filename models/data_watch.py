"""Watches the snapshots as they are taken, long before their labels: drift of the data."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from zlib import crc32

from models import psi
from models.days import WEEK, Day, Row, Week, newest
from models.domain import Domain
from models.drift_report import FeatureReport
from models.plan import DAY_MS
from models.recipes import Model
from models.score_watch import ScoreWatch
from models.shift import Shift, ShiftDetector

#: ADWIN's delta; and the least shift that matters, in standard deviations: between those that
#: Cohen (1988) calls small and medium.
_DELTA, _LEAST = 0.002, 0.3

#: A week the least shift must have lasted, a larger one less: no weekend is a drift.
_LASTING = 7

#: Values further from the mean than so many standard deviations count as that.
_CLIP = 4.0

SCORE = "score"


class Moved(NamedTuple):
    """A feature, or the score, that has moved.

    Attributes:
        feature: its name.
        method: ``adwin`` or ``psi``.
        shift: from where to where; of an index: its limit, the index, the first day of the week
            that it is of, and the snapshots in it.
        strength: how many times what is needed for an alarm.
    """

    feature: str
    method: Any
    shift: Shift
    strength: float


class DataWatch:
    """Compares the newest snapshots with a week that was pinned.

    The snapshots of a day are taken in together, when the next day begins, in an order that has
    nothing to do with the time of day: nights are no drift.

    Args:
        domain: whose snapshots.
    """

    def __init__(self, domain: Domain[Any, Any]) -> None:
        apart = {*domain.categorical, *domain.trending}
        self._numeric = tuple(name for name in domain.feature_names if name not in apart)
        self._categorical = domain.categorical
        self._today, self._rows = 0, list[Row]()
        self._newest = newest()
        self._reference: Week | None = None
        self._champion: Model | None = None
        self._detectors: dict[str, ShiftDetector] = {}
        self._score, self._pinned_on = ScoreWatch(), 0
        self._above: set[str] = set()
        self._detections: dict[str, int] = {}
        self._alarm_at: dict[str, int] = {}

    @property
    def reference(self) -> Week | None:
        """The week that data are compared with; None until there is one."""
        return self._reference

    @property
    def can_pin(self) -> bool:
        """Whether a week of snapshots has been seen."""
        return len(self._newest) == WEEK

    def pin(self, champion: Model) -> None:
        """Compare from now on with the newest week, and with the scores of this champion.

        Args:
            champion: a copy that learns no more.
        """
        self._reference = Week(self._newest)
        self._champion = champion
        # what of this day has been scored already was scored by another, or by none
        self._score, self._pinned_on = ScoreWatch(), self._today
        self._detectors = {name: ShiftDetector(_DELTA) for name in (*self._numeric, SCORE)}
        for name in self._numeric:
            self._detectors[name].begin(self._reference.since, self._reference.count)
        self._above = set()

    def update(
        self, user_id: str, at: int, features: Mapping[str, float], known: float
    ) -> list[Moved]:
        """Take in a snapshot; return what has moved, when it ends a day.

        Args:
            user_id: of the snapshot.
            at: when it was taken, ms.
            features: as they stood then.
            known: what of the outcome had come.
        """
        moved = []
        day = at // DAY_MS
        if day > self._today:
            moved = self._end_day()
            self._today = day
        score = known + self._champion.predict(dict(features)) if self._champion else 0.0
        self._rows.append(
            Row(
                crc32(f"{at} {user_id}".encode()),
                tuple(features[name] for name in self._numeric),
                tuple(features[name] for name in self._categorical),
                score,
            )
        )
        return moved

    def _end_day(self) -> list[Moved]:
        rows, self._rows = sorted(self._rows), []
        if not rows:
            return []
        self._newest.append(Day(self._today, rows))
        reference = self._reference
        if reference is None:
            return []
        moved = []
        means, deviations = reference.means.tolist(), reference.deviations.tolist()
        for place, name in enumerate(self._numeric):
            values = [row.numbers[place] for row in rows]
            moved += self._numbers(name, values, means[place], deviations[place])
        if self._today > self._pinned_on:
            moved += self._scores([row.score for row in rows])
        for name, (index, limit) in self._indices().items():
            moved += self._index(name, index, limit)
        return moved

    def _scores(self, scores: list[float]) -> list[Moved]:
        score = self._score
        if score.ready:
            score.add_day(scores)
            return self._numbers(SCORE, scores, score.mean, score.deviation)
        score.add_day(scores)
        if score.ready:
            self._detectors[SCORE].begin(self._today, score.count)
        return []

    def _numbers(
        self, name: str, values: list[float], mean: float, deviation: float
    ) -> list[Moved]:
        detector = self._detectors[name]
        for value in values:
            apart = (value - mean) / deviation
            if detector.update(max(-_CLIP, min(_CLIP, apart)), self._today):
                self._count(name)
        shift = detector.shift(_LEAST, _LASTING)
        if shift is None:
            return []
        size = abs(shift.after - shift.before)
        before, after = (mean + deviation * apart for apart in shift[:2])
        return [Moved(name, "adwin", shift._replace(before=before, after=after), size / _LEAST)]

    def _index(self, name: str, index: float, limit: float) -> list[Moved]:
        if index <= limit:
            if index < limit / 2.0:
                self._above.discard(name)
            return []
        if name in self._above:
            return []
        self._above.add(name)
        self._count(name)
        first, count = self._newest[0].number, sum(day.count for day in self._newest)
        return [Moved(name, "psi", Shift(limit, index, first, count), index / limit)]

    def _indices(self) -> dict[str, tuple[float, float]]:
        """Return index and limit of every categorical feature, and of the score."""
        reference, found = self._reference, {}
        if reference is None:
            return {}
        now = Week(self._newest)
        for place, name in enumerate(self._categorical):
            kept = reference.categories[place]
            before, after = psi.lumped(kept, kept), psi.lumped(now.categories[place], kept)
            bins = sum(1 for count in before.values() if count)
            limit = psi.limit(bins, reference.count, now.count)
            found[name] = (psi.psi(before, after), limit)
        score = self._score.psi()
        if score is not None:
            found[SCORE] = score
        return found

    def _count(self, name: str) -> None:
        self._detections[name] = self._detections.get(name, 0) + 1

    def told(self, feature: str, at: int) -> None:
        """Note that an alarm was given at ``at`` (ms)."""
        self._alarm_at[feature] = at

    def report(self) -> list[FeatureReport]:
        """Return what there is to say of every feature, and of the score, the last."""
        shifts: dict[str, float] = {}
        if self._reference is not None and self._newest:
            apart = (Week(self._newest).means - self._reference.means) / self._reference.deviations
            shifts = dict(zip(self._numeric, apart.tolist(), strict=True))
        score = self._score.shift()
        if score is not None:
            shifts[SCORE] = score
        indices: dict[str, tuple[float | None, float | None]] = {**self._indices()}
        rows = []
        for name in (*self._numeric, *self._categorical, SCORE):
            index, limit = indices.get(name, (None, None))
            found, told = self._detections.get(name, 0), self._alarm_at.get(name, 0)
            rows.append(FeatureReport(name, shifts.get(name), index, limit, found, told))
        return rows
