"""The laws of the revenue domain: labels are sums of payments, whatever the order of events."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.book import Book, Progress
from models.domains.revenue import AGES, DAY_MS, DOMAIN, TRAITS, WINDOWS
from models.effects import Example
from models.engine import Engine
from models.errors import BadRecord
from models.life import lived

START = 1_704_067_200_000
HOUR = 3_600_000


class Nothing:
    version = "nothing@0"

    def score(self, features: dict[str, float]) -> float:
        return 0.0

    def predictions(self, features: dict[str, float]) -> dict[str, float]:
        return {"nothing": 0.0}

    def chance(self, features: dict[str, float]) -> float | None:
        return 0.5


def install(user: str, at: int = 0) -> dict[str, object]:
    traits = dict.fromkeys(TRAITS, "x") | {"source": "organic"}
    return {"type": "install", "user_id": user, "ts": START + at, **traits}


def purchase(user: str, at: int, revenue: float) -> dict[str, object]:
    return {"type": "purchase", "user_id": user, "ts": START + at, "revenue": revenue}


def run(records: list[dict[str, object]]) -> tuple[Engine[Any, Any], Book[Any]]:
    """Run a log; somebody else is there now and then, so that its clock never leaps."""
    engine: Engine[Any, Any] = Engine(DOMAIN, Nothing())
    book: Book[Any] = Book(0, Progress.start())
    for number, record in enumerate(records):
        event = DOMAIN.parse(record)
        while 0 < book.progress.watermark < event.ts - 6 * DAY_MS:
            ts = book.progress.watermark + 6 * DAY_MS
            tick = DOMAIN.parse({"type": "event_1", "user_id": "clock", "ts": ts})
            engine.step(book, tick, 0)
        engine.step(book, event, number)
    return engine, book


def examples_of(records: list[dict[str, object]]) -> list[Example]:
    engine, book = run(records)
    engine.advance(book, (START + 30 * DAY_MS, ""))
    return book.examples


payments = st.lists(
    st.tuples(
        st.integers(1, 9 * 24 * 60).map(lambda minutes: minutes * 60_000),
        st.sampled_from([0.99, 4.99, 99.99]),
    ),
    max_size=12,
    unique_by=lambda payment: payment[0],
)


@given(payments)
def test_every_label_is_what_was_paid_in_seven_days(paid: list[tuple[int, float]]) -> None:
    records = [install("a"), *(purchase("a", at, amount) for at, amount in sorted(paid))]
    found = examples_of(records)
    whole = sum(amount for at, amount in paid if at < WINDOWS[-1])
    last = [e for e in found if e.label is not None]
    assert [e.at - START for e in last] == list(AGES)
    for example in last:
        assert example.label == pytest.approx(whole)


@given(payments)
def test_windows_add_up_and_nothing_is_counted_twice(paid: list[tuple[int, float]]) -> None:
    records = [install("a"), *(purchase("a", at, amount) for at, amount in sorted(paid))]
    for age, begin in enumerate(AGES):
        mine = [e for e in examples_of(records) if e.age == age]
        assert [e.window for e in mine] == [n for n, end in enumerate(WINDOWS) if end > begin]
        before = sum(amount for at, amount in paid if at < begin)
        assert [e.known for e in mine] == [pytest.approx(before)] * len(mine)
        edges = [begin, *(end for end in WINDOWS if end > begin)]
        for example, start, end in zip(mine, edges, edges[1:], strict=False):
            inside = sum(amount for at, amount in paid if start <= at < end)
            assert example.gain == pytest.approx(inside)
            assert example.due == example.label_at == START + end + DOMAIN.grace


@given(payments, st.integers(0, 3))
def test_the_score_is_what_was_paid_when_it_is_over(
    paid: list[tuple[int, float]], seed: int
) -> None:
    records = [install("a"), *(purchase("a", at, amount) for at, amount in paid)]
    random.Random(seed).shuffle(records)
    data = lived(DOMAIN, [DOMAIN.parse(record) for record in records]).data
    whole = sum(amount for at, amount in paid if at < WINDOWS[-1])
    assert DOMAIN.known(data, DOMAIN.settled(data)) == pytest.approx(whole)


def test_the_first_snapshot_comes_with_the_install_and_knows_only_that() -> None:
    found = examples_of([install("a"), purchase("a", 1, 5.0)])
    first = next(e for e in found if e.at == START)
    assert (first.age, first.known, first.features["payments"]) == (0, 0.0, 0.0)
    assert first.gain == 5.0


def test_a_player_without_install_is_never_learnt_from() -> None:
    alone = [{"type": "event_1", "user_id": "a", "ts": START}, purchase("a", HOUR, 5.0)]
    assert examples_of(alone) == []


def test_an_install_that_comes_late_still_begins_the_seven_days() -> None:
    event: dict[str, object] = {"type": "event_1", "user_id": "a", "ts": START + 60_000}
    more: dict[str, object] = {"type": "event_1", "user_id": "a", "ts": START + 120_000}
    found = examples_of([event, install("a"), more, purchase("a", 2 * HOUR, 5.0)])
    assert {e.at - START for e in found} == set(AGES[1:])
    assert {e.label for e in found if e.label is not None} == {5.0}


def test_a_payment_that_comes_late_within_the_grace_counts() -> None:
    other = install("b", WINDOWS[0] + 60_000)  # the clock is past the first window's end
    late = purchase("a", WINDOWS[0] - 60_000, 7.0)
    found = [e for e in examples_of([install("a"), other, late]) if e.user_id == "a"]
    assert found[0].gain == 7.0


def test_a_user_who_comes_late_is_not_left_behind() -> None:
    """Behind the partition's clock by more than a window: what is known by then is labelled."""
    found = examples_of([install("b", 5 * DAY_MS), install("a"), purchase("a", HOUR, 3.0)])
    mine = [e for e in found if e.user_id == "a"]
    assert [e.window for e in mine if e.at == START] == [0, 1, 2]


def test_regions_of_one_name_are_told_apart_and_unknown_traits_are_none() -> None:
    def traits(**change: object) -> dict[str, float]:
        record = {**install("a"), **change}
        return DOMAIN.features(lived(DOMAIN, [DOMAIN.parse(record)]).data, START)

    one, other = (traits(country=c, country_region="North") for c in ("DE", "FR"))
    assert one["country_region"] != other["country_region"]
    assert one["platform"] == other["platform"]
    nothing = traits(country=None, country_region="", os_version=None)
    assert nothing["country"] == nothing["country_region"] == nothing["os_version"] == 0.0


def test_a_payment_is_told_to_the_cent() -> None:
    data = lived(DOMAIN, [DOMAIN.parse(r) for r in (install("a"), purchase("a", HOUR, 9.99))]).data
    said = DOMAIN.describe("paid", DOMAIN.features(data, START + HOUR)["paid"], data)
    assert said == "has paid 9.99"


def test_who_is_settled_leaves_the_ranking() -> None:
    _, book = run([install("a"), install("b", 8 * DAY_MS)])
    assert "a" in book.gone
    assert "b" not in book.gone


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "refund"}, "type"),
        ({"ts": "yesterday"}, "ts"),
        ({"user_id": " "}, "user_id"),
        ({"source": "paid"}, "source"),
        ({"country": 7.5}, "country"),
    ],
)
def test_what_is_wrong_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(BadRecord) as error:
        DOMAIN.parse({**install("a"), **change})
    assert error.value.field == field
    if field in {"type", "source"}:
        assert error.value.valid


@pytest.mark.parametrize("revenue", [None, "free", -1, float("nan"), 1e300])
def test_a_purchase_needs_an_amount(revenue: object) -> None:
    with pytest.raises(BadRecord) as error:
        DOMAIN.parse({**purchase("a", 0, 1.0), "revenue": revenue})
    assert error.value.field == "revenue"


@given(
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 100_000).map(lambda cents: cents / 100),
)
def test_a_row_unfolds_into_its_counts_and_its_total(
    one: int, two: int, three: int, revenue: float
) -> None:
    row = {"user_id": "a", "event_1": one, "event_2": two, "event_3": three, "revenue": revenue}
    records = DOMAIN.unfold(row, START) or ()
    data = lived(DOMAIN, [DOMAIN.parse(record) for record in records]).data
    assert data.counts[:3] == [one, two, three]
    assert DOMAIN.known(data, DOMAIN.settled(data)) == pytest.approx(revenue)
    first_day = [r for r in records if str(r["type"]).startswith("event")]
    assert all(START < int(str(r["ts"])) <= START + DAY_MS for r in first_day)
