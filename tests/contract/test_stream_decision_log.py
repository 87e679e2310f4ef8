"""What the audit of decisions relies on in a database; on PostgreSQL and SQLite."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from models.contest.decisions import Decision
from stream.adapters.decision_log import DecisionLog, DecisionPlace
from stream.adapters.prediction_log import PredictionLog
from stream.adapters.prepared import Prepared
from stream.record import DatabaseAway
from tests.decision_parts import TRIAL, decision
from tests.record_parts import PREDICTION, everything


def with_decisions(url: str, scenario: Callable[[DecisionLog], Awaitable[None]]) -> None:
    async def main() -> None:
        log = DecisionLog.from_url(url, 5.0)
        try:
            await scenario(log)
        finally:
            await log.close()

    asyncio.run(main())


def test_what_is_appended_is_read_newest_first(database_url: str) -> None:
    taken = [
        decision(1),
        decision(2, kind="retrained", evidence=None, trials=(TRIAL,), model="", wish="2-b"),
        decision(3, kind="refused", reason="it is no challenger", by="api:0a1b2c3d"),
    ]

    async def scenario(log: DecisionLog) -> None:
        await log.append([])
        await log.append(taken)  # which prepares the database, too
        assert (await log.read()).decisions == taken[::-1]

    async def again(log: DecisionLog) -> None:
        page = await log.read()
        assert (page.decisions, page.before) == (taken[::-1], None)

    with_decisions(database_url, scenario)
    with_decisions(database_url, again)


def test_the_same_decision_again_changes_nothing(database_url: str) -> None:
    async def scenario(log: DecisionLog) -> None:
        await log.append([decision(1), decision(1, reason="said otherwise"), decision(2)])
        await log.append([decision(2, wall_time=5), decision(3)])
        assert (await log.read()).decisions == [decision(3), decision(2), decision(1)]

    with_decisions(database_url, scenario)


def test_two_domains_may_take_decisions_of_one_id(database_url: str) -> None:
    both = [decision(1), decision(1, domain="revenue")]

    async def scenario(log: DecisionLog) -> None:
        await log.append(both)
        assert len((await log.read()).decisions) == 2
        assert (await log.read(domain="revenue")).decisions == both[1:]

    with_decisions(database_url, scenario)


def test_two_who_append_at_once_write_each_once(database_url: str) -> None:
    taken = [decision(number) for number in range(200)]

    async def scenario(log: DecisionLog) -> None:
        other = DecisionLog.from_url(database_url, 5.0)
        try:
            await log.prepare()
            await asyncio.gather(log.append(taken), other.append(taken[::-1]))
        finally:
            await other.close()
        assert (await log.read(limit=1000)).decisions == taken[::-1]

    with_decisions(database_url, scenario)


def test_pages_go_back_in_time_without_gaps_or_repeats(database_url: str) -> None:
    # several of one moment: of one commit, and of two domains
    taken = [
        decision(number, wall_time=number // 4, position=number % 2, domain=domain)
        for number in range(10)
        for domain in ("churn", "revenue")
    ]

    async def scenario(log: DecisionLog) -> None:
        await log.append(taken)
        found: list[Decision] = []
        before: DecisionPlace | None = None
        for pages in range(1, 10):
            page = await log.read(limit=3, before=before)
            if pages == 1:  # what comes meanwhile is on no later page
                await log.append([decision(99)])
            found += page.decisions
            before = page.before
            if before is None:
                break
        assert pages == 7
        order = [(one.wall_time, one.position, one.domain, one.id) for one in found]
        assert order == sorted(order, reverse=True)
        assert sorted(one.id for one in found) == sorted(one.id for one in taken)
        last = await log.read(limit=21)
        assert (len(last.decisions), last.before) == (21, None)

    with_decisions(database_url, scenario)


def test_domains_kinds_and_times_are_apart(database_url: str) -> None:
    taken = [
        decision(number, kind=kind, domain=domain, wall_time=number)
        for number, (kind, domain) in enumerate(
            (kind, domain) for kind in ("promoted", "dropped") for domain in ("churn", "revenue")
        )
    ]

    async def scenario(log: DecisionLog) -> None:
        async def times(**wanted: object) -> list[int]:
            page = await log.read(**wanted)  # type: ignore[arg-type]  # each line gives what it means
            return [one.wall_time for one in page.decisions]

        await log.append(taken)
        assert await times(kind="dropped") == [3, 2]
        assert await times(domain="churn") == [2, 0]
        assert await times(since_ms=1, until_ms=3) == [2, 1]
        assert await times(domain="churn", kind="promoted", until_ms=1) == [0]
        assert await times(domain="nothing") == []

    with_decisions(database_url, scenario)


@pytest.mark.parametrize("text", ["\0", "a\0b", "'; DROP TABLE decisions; --", "😀", "x" * 100_000])
def test_no_decision_is_refused_for_what_it_says(database_url: str, text: str) -> None:
    odd = decision(1, model=text, reason=text, by=text, wish=text)

    async def scenario(log: DecisionLog) -> None:
        await log.append([odd])
        assert (await log.read()).decisions == [odd]

    with_decisions(database_url, scenario)


def test_both_logs_may_share_a_database_and_pruning_keeps_decisions(database_url: str) -> None:
    async def main() -> None:
        home = Prepared(database_url, 5.0)
        predictions, decisions = PredictionLog(home), DecisionLog(home)
        try:
            await predictions.append([PREDICTION])
            await decisions.append([decision(1)])
            assert await predictions.prune(2**62, 1000) == 1
            assert await everything(predictions) == []
            assert (await decisions.read()).decisions == [decision(1)]
        finally:
            await home.close()

    asyncio.run(main())


def test_all_or_none_are_written(database_url: str) -> None:
    async def scenario(log: DecisionLog) -> None:
        with pytest.raises(DatabaseAway):
            await log.append([decision(1), decision(2, position=None)])
        assert (await log.read()).decisions == []

    with_decisions(database_url, scenario)
