"""The same engine over a log file: what the stream would have predicted, and how right it was."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from models.alarms import Alarm
from models.book import Book, Counts, Progress
from models.contest.decisions import Decision
from models.domain import Domain
from models.effects import Example, Snapshot
from models.engine import Engine
from models.errors import BadRecord
from models.learner import Learner
from models.objective import Figures
from models.recipes import AmountModel
from models.state import StateCodec, User
from stream.adapters.partitioner import partition_of
from stream.digest import state_digest
from stream.layout import Layout
from stream.logfile import LogFile
from stream.reading import read_event
from stream.unfolding import unfolded

DAY_MS = 86_400_000


class BacktestResult(msgspec.Struct):
    """What a backtest found.

    Attributes:
        events: records read, whatever became of them.
        rejected: records that cannot be used.
        anonymous: events that belong to no user.
        duplicates: events seen before.
        late: events behind their user's last one.
        outcomes: signs of the outcome, outcomes, and what came after them.
        scored: events that updated their user.
        users: users seen.
        snapshots: snapshots taken.
        labels: snapshots whose label became known.
        seconds: wall time.
        state_sha256: digest of all user states, see ``stream.digest``.
        alarms: drift alarms, in order.
        decisions: about who serves, in order.
        metrics: of what was served, over the snapshots after the warm-up whose whole horizon lies
            in the log: of the later ones only a part is known. By age, where there are several.
        models: the same of every model, by name, over those of these snapshots that it predicted.
        reject_reasons: rejected records by reason.
    """

    events: int
    rejected: int
    anonymous: int
    duplicates: int
    late: int
    outcomes: int
    scored: int
    users: int
    snapshots: int
    labels: int
    seconds: float
    state_sha256: str
    alarms: list[Alarm]
    decisions: list[Decision]
    metrics: Figures | dict[str, Figures]
    models: dict[str, Figures | dict[str, Figures]]
    reject_reasons: dict[str, int]


class _Live:
    """Scores with the models as they are at this moment, learning or not."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner

    @property
    def version(self) -> str:
        """The learner's present version."""
        return self._learner.version

    def score(self, features: dict[str, float]) -> float:
        """Return the champion's prediction."""
        return self._learner.champion.predict(features)

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        """Return every model's prediction."""
        return {name: model.predict(features) for name, model in self._learner.models.items()}

    def chance(self, features: dict[str, float]) -> float | None:
        """Return the champion's chance that more comes; None where no amount is predicted."""
        champion = self._learner.champion
        return champion.assess(features).chance if isinstance(champion, AmountModel) else None


class Backtest:
    """Runs a domain over a log, with partitions as Kafka would have them.

    Watermarks are a partition's own, so late events meet the same clock as in the stream only
    when the number of partitions is the same.

    Args:
        domain: what is predicted.
        partitions: as the stream's ``WEIR_PARTITIONS``.
        on_example: told of every label, in order.
        on_taken: told of every snapshot that the watch over drift takes, in order.

    Attributes:
        learner: champion and challengers, as far as they have learnt.
        reject_reasons: rejected records by reason.
        first_ts: the time of the first event, ms; 0 before it.
    """

    def __init__(
        self,
        domain: Domain[Any, Any],
        partitions: int,
        on_example: Callable[[Example], None] | None = None,
        on_taken: Callable[[Snapshot], None] | None = None,
    ) -> None:
        self.domain = domain
        self.learner = Learner(domain)
        self.reject_reasons: dict[str, int] = defaultdict(int)
        self._engine = Engine(domain, _Live(self.learner), score_events=False)
        self._books: list[Book[Any]] = [Book(p, Progress.start()) for p in range(partitions)]
        self._nowhere = Counts()
        self._on_example, self._on_taken = on_example, on_taken
        self.first_ts = 0
        self._judged: list[Example] = []

    @property
    def watermark(self) -> int:
        """The newest event time so far, ms."""
        return max(book.progress.watermark for book in self._books)

    def users(self) -> Iterator[tuple[str, User[Any]]]:
        """Yield every user's id and state, as they are."""
        for book in self._books:
            yield from book.users.items()

    def feed(self, number: int, value: bytes | None) -> None:
        """Take in one record; ``number`` is its line."""
        nowhere = self._nowhere
        try:
            event = read_event(self.domain, value)
        except BadRecord as error:
            self._reject(nowhere, error)
            return
        if event is None:
            nowhere.records += 1
            nowhere.anonymous += 1
            return
        self.first_ts = self.first_ts or event.ts
        book = self._books[partition_of(event.user_id, len(self._books))]
        try:
            self._engine.step(book, event, number)
        except BadRecord as error:
            self._reject(book.progress.counts, error)
            return
        book.progress.counts.records += 1
        for example in book.examples:
            self._learn(example)
        for snapshot in book.taken:
            self.learner.take(snapshot)
            if self._on_taken:
                self._on_taken(snapshot)
        if book.changed:
            book.settle()

    def result(self, warmup_days: float, seconds: float) -> BacktestResult:
        """Return what was found, judging snapshots from ``warmup_days`` after the first event."""
        total = self._nowhere
        for book in self._books:
            total = total.plus(book.progress.counts)
        codec = StateCodec(self.domain.data_type)
        users = (
            (user_id, codec.encode(user.state), codec.encode_pending(user.pending))
            for user_id, user in self.users()
        )
        since = self.first_ts + warmup_days * DAY_MS
        judged = [e for e in self._judged if since <= e.at and e.due <= self.watermark]
        served = [(e, next(iter(e.predictions.values()))) for e in judged]
        names = dict.fromkeys(name for e in judged for name in e.predictions)
        return BacktestResult(
            events=total.records,
            rejected=total.rejected,
            anonymous=total.anonymous,
            duplicates=total.duplicates,
            late=total.late,
            outcomes=total.outcomes,
            scored=total.scored,
            users=total.users,
            snapshots=total.snapshots,
            labels=total.labels,
            seconds=round(seconds, 3),
            state_sha256=state_digest(codec, users),
            alarms=self.learner.alarms,
            decisions=self.learner.collect_decisions(),
            metrics=self._figures(served),
            models={
                name: self._figures(
                    [(e, e.predictions[name]) for e in judged if name in e.predictions]
                )
                for name in names
            },
            reject_reasons=dict(self.reject_reasons),
        )

    def _figures(self, said: list[tuple[Example, float]]) -> Figures | dict[str, Figures]:
        """Return the figures of examples and what was predicted of them, by age."""
        ages = {
            name: self.domain.objective.evaluate(
                [prediction for example, prediction in said if example.age == age],
                [example.label or 0.0 for example, _ in said if example.age == age],
            )
            for age, name in enumerate(self.domain.ages)
        }
        return ages if len(ages) > 1 else next(iter(ages.values()))

    def _learn(self, example: Example) -> None:
        if example.label is not None:
            self._judged.append(example)
        self.learner.learn(example)
        if self._on_example:
            self._on_example(example)

    def _reject(self, counts: Counts, error: BadRecord) -> None:
        counts.records += 1
        counts.rejected += 1
        self.reject_reasons[error.reason] += 1


def backtest(
    path: str,
    domain: Domain[Any, Any],
    *,
    partitions: int,
    warmup_days: float,
    layout: Layout | None = None,
    progress: Callable[[LogFile, int], None] = lambda _log, _number: None,
) -> BacktestResult:
    """Run a whole file; ``progress`` is told of the log and the line, every thousand lines.

    A log whose columns are not named as the domain's fields is read as ``layout`` says.

    Raises:
        LogError: the file cannot be read.
    """
    started = time.perf_counter()
    run = Backtest(domain, partitions)
    log = LogFile(path, layout)
    for number, value in unfolded(log, domain):
        run.feed(number, value)
        if not number % 1000:
            progress(log, number)
    return run.result(warmup_days, time.perf_counter() - started)
