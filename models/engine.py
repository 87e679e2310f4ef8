"""The engine: one event or one moment at a time, into states, snapshots, scores and examples.

It neither waits nor asks: time comes with the events, states come with the book, and what it
decides stands in the book afterwards. The same records in the same order give the same states,
snapshots and labels, however they were cut into chunks.
"""

from heapq import heappop
from typing import Any, Generic, TypeVar

import msgspec

from models.book import Book
from models.domain import Domain
from models.effects import Scored
from models.errors import BadRecord
from models.events import Event, Outcome
from models.snapshots import Scorer, Snapshots
from models.state import STATE_VERSION, User, UserState

E = TypeVar("E", bound=Event)
S = TypeVar("S", bound=msgspec.Struct)

#: ``Engine.advance`` fires what sorts before this (time, user id); ids compare by code point, as
#: in Redis, and none is empty.
Bound = tuple[int, str]

#: An event further ahead of its partition's clock than this is not believed at once...
MAX_JUMP = 7 * 86_400_000

#: ...only when so many in a row say the same: one broken clock must not end everyone's horizon.
JUMP_WITNESSES = 10


def believable(watermark: int, suspects: int, ts: int) -> bool:
    """Tell whether the clock may move to ``ts``.

    Args:
        watermark: the partition's clock, ms; 0 before the first event.
        suspects: how many events in a row have not been believed.
        ts: the event's time, ms.
    """
    return not watermark or ts - watermark <= MAX_JUMP or suspects >= JUMP_WITNESSES


class Engine(Generic[E, S]):
    """Steps through the events of a partition.

    Args:
        domain: what is predicted.
        scorer: the models to score with.
        score_events: False leaves out the scores of single events (a backtest judges snapshots).
        take_snapshots: False leaves out snapshots, and so labels and examples.
    """

    def __init__(
        self,
        domain: Domain[E, S],
        scorer: Scorer,
        *,
        score_events: bool = True,
        take_snapshots: bool = True,
    ) -> None:
        self.domain = domain
        self.score_events = score_events
        self.take_snapshots = take_snapshots
        self._snapshots = Snapshots(domain, scorer, score_events=score_events)

    @property
    def scorer(self) -> Scorer:
        """The models that score; assign newer ones at any time between two steps."""
        return self._snapshots.scorer

    @scorer.setter
    def scorer(self, scorer: Scorer) -> None:
        self._snapshots.scorer = scorer

    def advance(self, book: Book[S], until: Bound) -> None:
        """Fire what is due before ``until``, in order of (time, user id)."""
        due = book.due
        while due and due[0] < until:
            at, user_id = heappop(due)
            user = book.users.get(user_id)
            if user is not None and user.state.due == at:
                self._snapshots.fire(book, user_id, user, at)

    def step(self, book: Book[S], event: E, offset: int) -> None:
        """Take in one event.

        1. Event time advances; what fell due before this event fires first.
        2. Duplicates, and events of ended or frozen users, are counted and change nothing else.
        3. The outcome, when reached, labels the waiting snapshots at once.
        4. Otherwise the user's state takes in the event, and the champion scores.

        Args:
            book: holds the user, if known, and everyone due up to the event's time.
            event: the event.
            offset: its offset in the source partition.

        Raises:
            BadRecord: ``clock_jump``, and nothing has changed but the count of witnesses.
        """
        ts, user_id = event.ts, event.user_id
        if ts > book.progress.watermark:
            self._move_clock(book, ts)
        user = book.users.get(user_id) or self._admit(book, event)
        state, counts = user.state, book.progress.counts
        if ts <= state.last_ts and state.has_seen(ts, event.key):
            counts.duplicates += 1
            return
        if state.ended_ts and not self._returns(book, user, event):
            return
        state = user.state
        book.touch(user_id, user)
        if event.outcome:
            self._outcome(book, user, event)
        elif state.sign_ts and state.sign_ts <= ts < state.sign_ts + self.domain.freeze:
            counts.outcomes += 1
        elif ts < state.last_ts:
            counts.late += 1
            if ts <= state.seen_floor:
                return  # too old to tell from a duplicate
            self.domain.update_late(state.data, event)
        else:
            self._ordinary(book, user, event, offset)
        state.remember(ts, event.key)
        state.last_ts = max(ts, state.last_ts)

    def _move_clock(self, book: Book[S], ts: int) -> None:
        progress = book.progress
        if not believable(progress.watermark, progress.suspects, ts):
            progress.suspects += 1
            days = (ts - progress.watermark) // 86_400_000
            raise BadRecord("clock_jump", f"ts is {days} days ahead of the partition's clock")
        progress.suspects = 0
        progress.watermark = ts
        if book.due and book.due[0][0] <= ts:
            self.advance(book, (ts + 1, ""))

    def _ordinary(self, book: Book[S], user: User[S], event: E, offset: int) -> None:
        state, ts = user.state, event.ts
        state.sign_ts = 0
        self.domain.update(state.data, event)
        book.progress.counts.scored += 1
        if self.take_snapshots and not state.next_snapshot:
            self._snapshots.begin(book, event.user_id, user, ts)
        if self.score_events:
            still = self.scorer.score(self.domain.features(state.data, ts))
            score = self.domain.known(state.data, ts) + still
            name = f"{book.partition}-{offset}"
            version = self.scorer.version
            book.scored.append(Scored(name, event.user_id, ts, score, version, offset))
        if 0 < self.domain.settled(state.data) <= ts:
            book.gone.add(event.user_id)

    def _admit(self, book: Book[S], event: E) -> User[S]:
        user: User[S] = User(self._new_state(event), [], 0)
        book.users[event.user_id] = user
        book.progress.counts.users += 1
        book.touch(event.user_id, user)
        return user

    def _new_state(self, event: E) -> UserState[S]:
        ts = event.ts
        data = self.domain.new_data(event)
        return UserState(STATE_VERSION, ts, ts, 0, 0, 0, 0, [], [], 0, data)

    def _returns(self, book: Book[S], user: User[S], event: E) -> bool:
        """Begin a new life when an ordinary event follows the outcome; else count the event."""
        counts = book.progress.counts
        if event.ts <= user.state.ended_ts:
            counts.late += 1
            return False
        if event.outcome:
            counts.outcomes += 1
            return False
        counts.returned += 1
        book.gone.discard(event.user_id)
        user.state = self._new_state(event)
        return True

    def _outcome(self, book: Book[S], user: User[S], event: E) -> None:
        state, counts, ts = user.state, book.progress.counts, event.ts
        counts.outcomes += 1
        if event.outcome == Outcome.SIGN:
            state.sign_ts = max(state.sign_ts, ts)
            return
        counts.ended += 1
        state.ended_ts = ts
        for waiting in user.pending:
            if waiting.at >= ts:
                counts.voided += 1
            else:
                reached = ts <= self.domain.windows(state.data, waiting.at)[-1]
                self._snapshots.label(book, event.user_id, waiting, 1.0 if reached else 0.0, ts)
        user.pending = []
        user.pending_dirty = True
        state.next_snapshot = 0
        book.schedule(event.user_id, user, 0)
        book.gone.add(event.user_id)


AnyEngine = Engine[Any, Any]
