"""Snapshots of users: taken on the domain's schedule, labelled when what they ask for is known."""

from typing import Generic, Protocol, TypeVar

import msgspec

from models.book import Book
from models.domain import Domain
from models.effects import Example, Scored, Snapshot
from models.events import Event
from models.state import Pending, User, UserState, pack_features, unpack_features
from models.turns import is_turn

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=msgspec.Struct)


class Scorer(Protocol):
    """The models of one version, ready to predict."""

    @property
    def version(self) -> str:
        """Names the models, as in ``kalman_logistic@1234``."""

    def score(self, features: dict[str, float]) -> float:
        """Return the champion's prediction."""

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        """Return every model's prediction by recipe name, the champion first."""

    def chance(self, features: dict[str, float]) -> float | None:
        """Return the champion's chance that more comes; None where no amount is predicted."""


class Snapshots(Generic[E, S]):
    """Takes the snapshots of a partition's users, and turns them into examples.

    Args:
        domain: what is predicted.
        scorer: the models to score with; assign a newer one at any time between two steps.
        score_events: False emits no scores (a backtest judges the snapshots themselves).
    """

    def __init__(self, domain: Domain[E, S], scorer: Scorer, *, score_events: bool) -> None:
        self.domain = domain
        self.scorer = scorer
        self.score_events = score_events

    def begin(self, book: Book[S], user_id: str, user: User[S], ts: int) -> None:
        """Schedule the first snapshot of a user who has none due, after an event at ``ts``."""
        state, watermark, domain = user.state, book.progress.watermark, self.domain
        if state.first_ts == ts and not state.seen_keys:
            state.next_snapshot = domain.next_snapshot(state.data, ts - 1)
            if state.next_snapshot == ts:
                self._snapshot(book, user_id, user, ts)
        if state.next_snapshot <= max(ts, watermark):
            state.next_snapshot = domain.next_snapshot(state.data, max(ts, watermark))
        self._reschedule(book, user_id, user)
        if 0 < state.due <= watermark:  # of a user who came late: known already
            self.fire(book, user_id, user, watermark)

    def fire(self, book: Book[S], user_id: str, user: User[S], at: int) -> None:
        """Do what is due for a user at ``at``: labels first, then the next snapshot."""
        book.touch(user_id, user)
        state = user.state
        if any(waiting.due <= at for waiting in user.pending):
            user.pending = [
                waiting
                for waiting in user.pending
                if waiting.due > at or not self._ripen(book, user_id, state, waiting, at)
            ]
            user.pending_dirty = True
            if not user.pending and 0 < self.domain.settled(state.data) <= at:
                book.gone.add(user_id)
        if 0 < state.next_snapshot <= at:
            self._snapshot(book, user_id, user, state.next_snapshot)
        self._reschedule(book, user_id, user)

    def _ripen(
        self, book: Book[S], user_id: str, state: UserState[S], waiting: Pending, at: int
    ) -> bool:
        """Take down what came in the windows that are over; tell whether that was the last."""
        ends = self.domain.windows(state.data, waiting.at)
        while waiting.due <= at:
            start = max((waiting.at, *ends[: waiting.window]))
            gain = self.domain.outcome(state.data, start, ends[waiting.window])
            waiting.gained += gain
            if waiting.window == len(ends) - 1:
                whole = waiting.known + waiting.gained
                self.label(book, user_id, waiting, whole, waiting.due, gain)
                return True
            self._emit(book, user_id, waiting, gain, None, waiting.due)
            waiting.window += 1
            waiting.due = ends[waiting.window] + self.domain.grace
        return False

    def _snapshot(self, book: Book[S], user_id: str, user: User[S], at: int) -> None:
        state, domain = user.state, self.domain
        if at - state.last_ts > domain.dormant_after:
            state.next_snapshot = 0
            return
        state.next_snapshot = domain.next_snapshot(state.data, at)
        if state.sign_ts and at < state.sign_ts + domain.freeze:
            return
        packed = pack_features(list(domain.features(state.data, at).values()))
        # predict on what is stored, so that a prediction can be made again from the example
        features = unpack_features(domain.feature_names, packed)
        known, version = domain.known(state.data, at), self.scorer.version
        predictions = {
            name: known + still for name, still in self.scorer.predictions(features).items()
        }
        ends = domain.windows(state.data, at)
        window = next(index for index, end in enumerate(ends) if end > at)
        due, age = ends[window] + domain.grace, domain.age(state.data, at)
        chance = self.scorer.chance(features)
        user.pending.append(
            Pending(at, age, known, window, 0.0, due, packed, predictions, version, chance)
        )
        user.pending_dirty = True
        book.progress.counts.snapshots += 1
        score = next(iter(predictions.values()))
        if is_turn(domain, user_id, at, age):
            seq = book.progress.counts.snapshots
            book.taken.append(
                Snapshot(
                    user_id,
                    at,
                    age,
                    known,
                    features,
                    score,
                    chance,
                    version,
                    book.partition,
                    seq,
                )
            )
        if self.score_events:
            book.scored.append(
                Scored(f"{book.partition}-{user_id}-{at}", user_id, at, score, version, -1)
            )

    def _reschedule(self, book: Book[S], user_id: str, user: User[S]) -> None:
        due = user.state.next_snapshot
        for waiting in user.pending:
            if waiting.due < due or not due:
                due = waiting.due
        book.schedule(user_id, user, due)

    def label(
        self,
        book: Book[S],
        user_id: str,
        waiting: Pending,
        label: float,
        label_at: int,
        gain: float | None = None,
    ) -> None:
        """Emit a snapshot's last example; ``gain`` is the last window's, ``label`` if not given."""
        if label:
            book.progress.counts.positives += 1
        else:
            book.progress.counts.negatives += 1
        self._emit(book, user_id, waiting, label if gain is None else gain, label, label_at)

    def _emit(
        self,
        book: Book[S],
        user_id: str,
        waiting: Pending,
        gain: float,
        label: float | None,
        label_at: int,
    ) -> None:
        progress = book.progress
        progress.seq += 1
        part = "" if label is not None else f"/{waiting.window}"
        book.examples.append(
            Example(
                id=f"{user_id}@{waiting.at}{part}",
                user_id=user_id,
                at=waiting.at,
                age=waiting.age,
                window=waiting.window,
                gain=gain,
                label=label,
                label_at=label_at,
                due=waiting.due,
                known=waiting.known,
                features=unpack_features(self.domain.feature_names, waiting.features),
                predictions=waiting.predictions,
                chance=waiting.chance,
                version=waiting.version,
                partition=book.partition,
                seq=progress.seq,
            )
        )
