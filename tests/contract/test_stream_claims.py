"""Claims and chunks: which records belong to which claim, whatever the group does meanwhile."""

import asyncio
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from stream.chunk import Chunk, ChunkGap, Claim, Continuity, Fetched, OffsetOutOfRange
from tests.chunk_app import Owner, consumer_of, make_app, record


@pytest.mark.parametrize(
    ("offset", "begin", "position"),
    [
        pytest.param(0, 0, 0, id="new"),
        pytest.param(0, 50, 50, id="new, and the log's beginning is gone"),
        pytest.param(70, 50, 70, id="known"),
        pytest.param(50, 50, 50, id="at the beginning"),
        pytest.param(100, 50, 100, id="at the end"),
    ],
)
def test_a_claim_starts_where_the_owner_says(offset: int, begin: int, position: int) -> None:
    async def scenario() -> Claim:
        with consumer_of(make_app(Owner(offset))) as its:
            return await its._claim(TopicPartition("t", 3), begin, 100)

    claim = asyncio.run(scenario())
    assert (claim.topic, claim.partition, claim.epoch) == ("t", 3, 1)
    assert (claim.next, claim.position, claim.live) == (offset, position, True)


def test_a_claim_below_the_log_is_refused() -> None:
    async def scenario() -> None:
        with consumer_of(make_app(Owner(20))) as its:
            await its._claim(TopicPartition("t", 3), 50, 100)

    with pytest.raises(OffsetOutOfRange, match="begins at 50: 30 records were deleted") as raised:
        asyncio.run(scenario())
    assert (raised.value.offset, raised.value.begin, raised.value.end) == (20, 50, 100)


class FakeConsumer:
    """aiokafka's consumer, as far as adopting and fetching need it."""

    def __init__(self) -> None:
        self.seeks: list[tuple[Any, int]] = []
        self.fetched: asyncio.Future[dict[Any, list[Any]]] = asyncio.Future()

    async def getmany(self, *_tps: Any, **_options: Any) -> dict[Any, list[Any]]:
        return await self.fetched

    def highwater(self, _tp: Any) -> int:
        return 1_000

    def seek(self, tp: Any, offset: int) -> None:
        self.seeks.append((tp, offset))


def test_claims_of_an_assignment_that_is_over_are_never_adopted() -> None:
    async def scenario() -> None:
        with consumer_of(make_app()) as its:
            thread, tp, kafka = its._thread, TopicPartition("t", 0), FakeConsumer()
            stale = Claim("t", 0, 1, 5, 5)
            thread.offer(thread.assignment_number, {tp: stale})
            thread.end_claims()  # a rebalance, before the next fetch
            thread._adopt(kafka)
            assert not kafka.seeks

            current = Claim("t", 0, 2, 7, 7)
            thread.offer(thread.assignment_number, {tp: current})
            for _ in range(2):
                thread._adopt(kafka)  # once only: a second seek would read again
            assert kafka.seeks == [(tp, 7)]
            chunk = current.take([record(7)])
            thread.end_claims()
            assert not chunk.live

    asyncio.run(scenario())


def test_claims_are_not_adopted_beside_a_fetch_from_before_the_rebalance() -> None:
    async def scenario() -> None:
        with consumer_of(make_app()) as its:
            thread, kafka = its._thread, FakeConsumer()
            thread._consumer = kafka
            events, examples = TopicPartition("t", 0), TopicPartition("other", 0)
            thread.offer(thread.assignment_number, {events: Claim("t", 0, 1, 5, 5)})
            before = asyncio.create_task(thread.fetch("t", 10))
            await asyncio.sleep(0)
            thread.end_claims()
            after = {events: Claim("t", 0, 2, 3, 3), examples: Claim("other", 0, 3, 0, 0)}
            thread.offer(thread.assignment_number, after)
            assert await thread.fetch("other", 10) == []
            assert kafka.seeks == [(events, 5)]

            kafka.fetched.set_result({events: [record(5)]})
            assert await before == []  # read again from where the new claim says
            kafka.fetched = asyncio.Future()
            kafka.fetched.set_result({events: [record(3)]})
            [chunk] = await thread.fetch("t", 10)
            assert kafka.seeks[1:] == [(events, 3), (examples, 0)]
            assert (chunk.epoch, chunk.start) == (2, 3)

    asyncio.run(scenario())


def test_chunks_of_an_epoch_follow_on_from_one_another() -> None:
    claim = Claim("t", 0, 1, 5, 5)
    first = claim.take([record(5), record(6)])
    second = claim.take([record(9)])  # compaction has removed 7 and 8
    assert [(c.start, c.first_offset, c.last_offset, c.end) for c in (first, second)] == [
        (5, 5, 6, 7),
        (7, 9, 9, 10),
    ]
    with pytest.raises(ChunkGap, match="read offset 9 again"):
        claim.take([record(9)])


def test_a_lost_chunk_is_noticed() -> None:
    claim = Claim("t", 0, 1, 0, 0)
    first, _, third = (claim.take([record(n)]) for n in range(3))
    continuity = Continuity()
    continuity.check(first)
    with pytest.raises(ChunkGap, match="the chunk after offset 0 starts at 2 in epoch 1"):
        continuity.check(third)
    # a new epoch starts where its owner says
    again: Chunk = Claim("t", 0, 2, 1, 1).take([record(1)])
    continuity.check(again)


def test_what_was_fetched_is_waited_for_until_processed_or_taken_away() -> None:
    async def scenario() -> None:
        claim = Claim("t", 0, 1, 0, 0)
        fetched = Fetched([claim.take([record(0)])])
        waiting = asyncio.create_task(fetched.until_processed())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        fetched.processed.set()
        await waiting

        fetched = Fetched([claim.take([record(1)])])
        waiting = asyncio.create_task(fetched.until_processed())
        await asyncio.sleep(0)
        claim.live = False
        await waiting

    asyncio.run(scenario())
