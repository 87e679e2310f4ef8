"""Group commit: who waits for whom, for how long, and who is told what."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

import pytest

from stream.record import MOST_WAITING, DatabaseAway, NoRecorder, Prediction, Recorder
from tests.record_parts import prediction


class Log:
    """Commits when the test lets it, and not what is in `refused`."""

    def __init__(self, lanes: int = 1) -> None:
        self.lanes = lanes
        self.transactions: list[list[str]] = []
        self.refused: set[str] = set()
        self.go = asyncio.Event()

    async def append(self, rows: Sequence[Prediction]) -> None:
        users = [row.user_id for row in rows]
        self.transactions.append(users)
        await self.go.wait()
        if self.refused & set(users):
            raise DatabaseAway("refused")

    @property
    def committed(self) -> list[str]:
        return list(chain.from_iterable(self.transactions))


def run(
    scenario: Callable[[Log, Recorder], Awaitable[None]], lanes: int = 1, patience: float = 30
) -> None:
    async def main() -> None:
        log = Log(lanes)
        recorder = Recorder(log, patience)
        await scenario(log, recorder)
        await recorder.close()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def rows(*users: object) -> list[Prediction]:
    return [prediction(user_id=str(user)) for user in users]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_lone_request_is_written_at_once_and_answered_when_it_is_committed() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        task = asyncio.create_task(recorder.record(rows("a", "b")))
        await settle()
        assert log.transactions == [["a", "b"]]
        assert not task.done()
        log.go.set()
        await task

    run(scenario)


def test_what_comes_during_a_transaction_shares_the_next() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        tasks = []
        for n in range(100):
            tasks.append(asyncio.create_task(recorder.record(rows(n))))
            await settle()
        log.go.set()
        await asyncio.gather(*tasks)
        assert log.transactions == [["0"], [str(n) for n in range(1, 100)]]

    run(scenario)


def test_nothing_to_record_asks_nobody() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        await recorder.record([])
        assert log.transactions == []

    run(scenario)


def test_a_failed_transaction_fails_its_own_requests_and_no_others() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        log.refused = {"bad"}
        tasks = [asyncio.create_task(recorder.record(rows("first")))]
        await settle()
        tasks += [asyncio.create_task(recorder.record(rows(user))) for user in ("bad", "beside")]
        await settle()
        log.go.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert outcomes[0] is None
        assert [type(outcome) for outcome in outcomes[1:]] == [DatabaseAway, DatabaseAway]
        await recorder.record(rows("later"))

    run(scenario)


def test_whoever_goes_away_takes_only_the_own_rows_along() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        tasks = [asyncio.create_task(recorder.record(rows(n))) for n in range(10)]
        await settle()
        for task in tasks[::2]:
            task.cancel()
        await settle()
        log.go.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert outcomes[1::2] == [None] * 5
        assert {"1", "3", "5", "7", "9"} <= set(log.committed)

    run(scenario)


def test_what_still_waits_when_its_request_goes_away_is_not_written() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        first = asyncio.create_task(recorder.record(rows("first")))
        await settle()
        gone = asyncio.create_task(recorder.record(rows("gone")))
        await settle()
        gone.cancel()
        await settle()
        log.go.set()
        await first
        assert log.committed == ["first"]

    run(scenario)


def test_the_wait_is_bounded_queueing_included() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        began = time.monotonic()
        tasks = [asyncio.create_task(recorder.record(rows(n))) for n in range(3)]
        await settle()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert time.monotonic() - began < 2
        for outcome in outcomes:
            assert isinstance(outcome, DatabaseAway)
            assert "within 0.2 s" in str(outcome)
            assert outcome.reason == "late"
        log.go.set()
        await recorder.record(rows("later"))
        assert log.committed[-1] == "later"

    run(scenario, patience=0.2)


def test_too_many_rows_are_refused_at_once_and_taken_when_there_is_room() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        tasks = [
            asyncio.create_task(recorder.record(rows(*range(1000))))
            for _ in range(MOST_WAITING // 1000)
        ]
        await settle()
        with pytest.raises(DatabaseAway, match="20000 rows wait") as refused:
            await asyncio.wait_for(recorder.record(rows("one more")), 1)
        assert refused.value.reason == "full"
        log.go.set()
        await asyncio.gather(*tasks)
        await recorder.record(rows("one more"))
        assert len(log.committed) == MOST_WAITING + 1

    run(scenario)


def test_a_request_with_very_many_rows_is_not_refused_for_ever() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        log.go.set()
        await recorder.record(rows(*range(MOST_WAITING + 1)))

    run(scenario)


def test_there_is_room_again_after_failures_and_cancellations() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        log.refused = {"bad"}
        for user in ("bad", "good"):
            tasks = [
                asyncio.create_task(recorder.record(rows(*[user] * 5000)))
                for _ in range(MOST_WAITING // 5000)
            ]
            await settle()
            tasks[0].cancel()
            log.go.set()
            await asyncio.gather(*tasks, return_exceptions=True)
            log.go.clear()
        log.go.set()
        await recorder.record(rows(*["good"] * MOST_WAITING))

    run(scenario)


def test_closing_waits_for_the_transaction_under_way() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        task = asyncio.create_task(recorder.record(rows("a")))
        await settle()
        closing = asyncio.create_task(recorder.close())
        await settle()
        assert not closing.done()
        log.go.set()
        await asyncio.gather(task, closing)

    run(scenario)


def test_several_lanes_are_several_transactions() -> None:
    async def scenario(log: Log, recorder: Recorder) -> None:
        tasks = []
        for n in range(5):
            tasks.append(asyncio.create_task(recorder.record(rows(n))))
            await settle()
        assert log.transactions == [["0"], ["1"], ["2"]]
        log.go.set()
        await asyncio.gather(*tasks)

    run(scenario, lanes=3)


def test_a_record_that_is_turned_off_records_nothing() -> None:
    async def main() -> None:
        recorder = NoRecorder()
        await recorder.record(rows("a"))
        await recorder.close()

    asyncio.run(main())
