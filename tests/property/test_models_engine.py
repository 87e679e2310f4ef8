"""The laws of the core: duplicates, cuts, restarts and labels, on generated event streams."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.book import Book, Progress
from models.domains.churn import DAY_MS, DOMAIN, ChurnEvent
from models.effects import Example
from models.engine import JUMP_WITNESSES, MAX_JUMP, Engine
from models.errors import BadRecord
from models.state import StateCodec, User

START = 1_538_352_000_000
CODEC = StateCodec(DOMAIN.data_type)


class ConstantScorer:
    version = "constant@0"

    def score(self, features: dict[str, float]) -> float:
        return 0.04

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        return {"constant": 0.04}

    def chance(self, features: dict[str, float]) -> float | None:
        return None


def event(user: str, at: int, page: str = "NextSong", item: int = 0) -> ChurnEvent:
    parsed = DOMAIN.parse(
        {
            "userId": user,
            "ts": START + at,
            "page": page,
            "sessionId": 1,
            "itemInSession": item,
            "level": "paid",
            "auth": "Logged In",
        }
    )
    assert parsed is not None
    return parsed


class Run:
    """A partition in memory; ``cut`` is a commit followed by a worker that starts anew."""

    def __init__(self) -> None:
        self.engine = Engine(DOMAIN, ConstantScorer())
        self.book: Book[Any] = Book(0, Progress.start())
        self.examples: list[Example] = []
        self.offset = 0

    def feed(self, *events: ChurnEvent) -> "Run":
        for one in events:
            self.engine.step(self.book, one, self.offset)
            self.book.progress.counts.records += 1
            self.offset += 1
        self.examples += self.book.examples
        self.book.settle()
        return self

    def cut(self) -> None:
        old = self.book
        progress = msgspec.msgpack.decode(msgspec.msgpack.encode(old.progress), type=Progress)
        self.book = Book(0, progress)
        for user_id, user in old.users.items():
            state = CODEC.decode(CODEC.encode(user.state))
            waiting = CODEC.decode_pending(CODEC.encode_pending(user.pending))
            self.book.users[user_id] = User(state, waiting, state.due)
        self.book.due = sorted((u.state.due, i) for i, u in self.book.users.items() if u.state.due)

    def states(self) -> dict[str, tuple[bytes, bytes]]:
        return {
            user_id: (CODEC.encode(user.state), CODEC.encode_pending(user.pending))
            for user_id, user in self.book.users.items()
        }


moments = st.tuples(
    st.sampled_from("abc"),
    st.integers(0, 40 * 24).map(lambda hours: hours * 3_600_000),
    st.sampled_from(
        ["NextSong"] * 6 + ["Roll Advert", "Error", "Cancel", "Cancellation Confirmation"]
    ),
)


@st.composite
def streams(draw: st.DrawFn) -> list[ChurnEvent]:
    """Events nearly in order: some late, some twice."""
    drawn = sorted(draw(st.lists(moments, min_size=1, max_size=40)), key=lambda m: m[1])
    events = [event(user, at, page, item) for item, (user, at, page) in enumerate(drawn)]
    for index in draw(st.lists(st.integers(0, len(events) - 1), max_size=4)):
        events.insert(draw(st.integers(index, min(len(events), index + 3))), events[index])
    return believed(events)


def believed(events: list[ChurnEvent]) -> list[ChurnEvent]:
    """Leave out what leaps further than the clock believes."""
    kept: list[ChurnEvent] = []
    clock = 0
    for one in events:
        if not clock or one.ts - clock <= MAX_JUMP:
            kept.append(one)
            clock = max(clock, one.ts)
    return kept


@given(streams(), st.sets(st.integers(0, 40)))
def test_stop_and_resume_equals_never_stopped(events: list[ChurnEvent], cuts: set[int]) -> None:
    whole, pieces = Run().feed(*events), Run()
    for index, one in enumerate(events):
        if index in cuts:
            pieces.cut()
        pieces.feed(one)
    assert pieces.states() == whole.states()
    assert pieces.examples == whole.examples
    assert pieces.book.progress == whole.book.progress


@given(streams())
def test_every_record_is_in_exactly_one_count(events: list[ChurnEvent]) -> None:
    counts = Run().feed(*events).book.progress.counts
    assert counts.records == len(events)
    assert counts.unaccounted == 0


@given(streams())
def test_every_snapshot_is_pending_or_resolves_exactly_once(events: list[ChurnEvent]) -> None:
    run = Run().feed(*events)
    waiting = sum(len(user.pending) for user in run.book.users.values())
    assert run.book.progress.counts.pending == waiting
    assert max(Counter(example.id for example in run.examples).values(), default=1) == 1
    assert [example.seq for example in run.examples] == list(range(1, len(run.examples) + 1))


@given(streams())
def test_a_label_is_what_happened_within_the_horizon(events: list[ChurnEvent]) -> None:
    run = Run().feed(*events)
    cancelled = {(e.user_id, e.ts) for e in events if e.outcome == 2}
    for example in run.examples:
        assert example.label_at > example.at
        happened = any(
            user == example.user_id and example.at < ts <= example.at + DOMAIN.horizon
            for user, ts in cancelled
        )
        if example.label:
            assert happened
        elif happened:
            # only an outcome that came after its snapshot had been judged can be missed
            assert example.label_at == example.at + DOMAIN.horizon + DOMAIN.grace


@given(streams(), st.data())
def test_an_event_sent_again_at_once_changes_nothing(
    events: list[ChurnEvent], data: st.DataObject
) -> None:
    once = Run().feed(*events)
    again = Run()
    repeated = data.draw(st.sets(st.integers(0, len(events) - 1)))
    for index, one in enumerate(events):
        again.feed(one)
        if index in repeated:
            again.feed(one)
    assert again.states() == once.states()
    assert again.examples == once.examples


@given(streams())
@settings(max_examples=30)
def test_users_do_not_depend_on_each_other_unless_someone_is_late(
    events: list[ChurnEvent],
) -> None:
    in_order = sorted(events, key=lambda e: e.ts)
    together = Run().feed(*in_order)
    end = in_order[-1].ts
    for user in {e.user_id for e in in_order}:
        own = [e for e in in_order if e.user_id == user]
        if believed([*own, in_order[-1]]) != [*own, in_order[-1]]:
            continue
        alone = Run().feed(*own)
        alone.engine.advance(alone.book, (end + 1, ""))
        assert alone.states()[user] == together.states()[user]


def test_silent_users_get_their_daily_snapshots() -> None:
    run = Run().feed(event("silent", 0))
    run.feed(*(event("loud", day * DAY_MS, item=day) for day in range(1, 9)))
    assert len(run.book.users["silent"].pending) == 8


def test_a_dormant_user_gets_none_until_it_returns() -> None:
    run = Run().feed(event("silent", 0))
    for day in range(100):
        run.feed(event("loud", day * DAY_MS, item=day))
    taken = [e for e in run.examples if e.user_id == "silent"]
    assert len(taken) == DOMAIN.dormant_after // DAY_MS
    run.feed(event("silent", 100 * DAY_MS, item=1), event("loud", 102 * DAY_MS, item=102))
    assert len(run.book.users["silent"].pending) == 2


def test_nothing_from_the_first_sign_on_reaches_the_state() -> None:
    run = Run().feed(event("a", 0), event("a", 1000, "Cancel", 1))
    before = CODEC.encode(run.book.users["a"].state)
    scored = run.book.progress.counts.scored
    run.feed(event("a", 2000, "NextSong", 2))
    after = CODEC.decode(CODEC.encode(run.book.users["a"].state))
    assert after.data == CODEC.decode(before).data
    assert run.book.progress.counts.scored == scored
    assert run.book.progress.counts.outcomes == 2


def test_a_cancellation_labels_what_waits_and_ends_the_snapshots() -> None:
    run = Run().feed(event("a", 0), event("b", 3 * DAY_MS + 5))
    run.feed(event("a", 3 * DAY_MS + 9, "Cancellation Confirmation", 1))
    assert [(e.user_id, e.label) for e in run.examples] == [("a", 1.0)] * 3
    run.feed(event("b", 9 * DAY_MS, item=2))
    assert run.book.users["a"].pending == []
    assert run.book.gone == set()


def test_a_user_who_returns_begins_a_new_life() -> None:
    run = Run().feed(event("a", 0), event("a", 1000, "Cancellation Confirmation", 1))
    run.feed(event("a", DAY_MS, item=2))
    state = run.book.users["a"].state
    assert (state.first_ts, state.ended_ts) == (START + DAY_MS, 0)
    assert run.book.progress.counts.returned == 1


def test_one_broken_clock_is_refused_and_many_are_believed() -> None:
    run = Run().feed(event("a", 0))
    leap = MAX_JUMP + DAY_MS
    for item in range(JUMP_WITNESSES):
        with pytest.raises(BadRecord, match="clock_jump"):
            run.feed(event("a", leap, item=item + 1))
    assert run.book.progress.watermark == START
    run.feed(event("a", leap, item=99))
    assert run.book.progress.watermark == START + leap


def test_far_future_events_are_refused_again_after_a_believable_one() -> None:
    run = Run().feed(event("a", 0))
    for _ in range(3):
        for item in range(JUMP_WITNESSES - 1):
            with pytest.raises(BadRecord):
                run.feed(event("a", MAX_JUMP * 2, item=item))
        run.feed(event("a", run.book.progress.watermark - START + 1000, item=50))
    assert run.book.progress.suspects == 0
