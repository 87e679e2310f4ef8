"""Questions that come together are asked together, and everyone gets their own answer."""

import asyncio
from collections.abc import Sequence

import pytest

from stream.coalescing import Coalesced


class Asked:
    """Answers with the question's square, when the test lets it."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.go = asyncio.Event()

    async def __call__(self, questions: Sequence[int]) -> list[int]:
        self.rounds.append(list(questions))
        await self.go.wait()
        if -1 in questions:
            raise ValueError("-1")
        return [question * question for question in questions]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_lone_question_is_asked_at_once() -> None:
    async def main() -> None:
        asked = Asked()
        asked.go.set()
        ask = Coalesced(asked)
        assert [await ask(n) for n in (3, 4)] == [9, 16]
        assert asked.rounds == [[3], [4]]

    asyncio.run(main())


def test_those_that_come_while_all_lanes_are_busy_share_the_next_round() -> None:
    async def main() -> None:
        asked = Asked()
        ask = Coalesced(asked)
        tasks = []
        for n in range(4):
            tasks.append(asyncio.create_task(ask(n)))
            await settle()
        tasks += [asyncio.create_task(ask(n)) for n in range(4, 100)]
        await settle()
        assert asked.rounds == [[0], [1], [2], [3]]
        asked.go.set()
        assert await asyncio.gather(*tasks) == [n * n for n in range(100)]
        assert asked.rounds[4:] == [list(range(4, 68)), list(range(68, 100))]

    asyncio.run(main())


def test_an_error_reaches_everyone_who_asked_and_the_next_ones_are_asked_anew() -> None:
    async def main() -> None:
        asked = Asked()
        ask = Coalesced(asked)
        tasks = [asyncio.create_task(ask(n)) for n in (5, 6, 7, 8)]
        await settle()
        tasks += [asyncio.create_task(ask(n)) for n in (-1, 2)]
        await settle()
        asked.go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [r for r in results if isinstance(r, ValueError)]
        assert failed
        assert isinstance(results[4], ValueError)
        assert await ask(3) == 9

    asyncio.run(main())


def test_who_goes_away_does_not_disturb_the_others() -> None:
    async def main() -> None:
        asked = Asked()
        ask = Coalesced(asked)
        tasks = [asyncio.create_task(ask(n)) for n in range(10)]
        await settle()
        for task in tasks[::2]:
            task.cancel()
        asked.go.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[1::2] == [1, 9, 25, 49, 81]
        assert all(isinstance(r, asyncio.CancelledError) for r in results[::2])
        assert await ask(11) == 121

    asyncio.run(main())


@pytest.mark.parametrize("burst", [1, 4, 5, 64, 300])
def test_no_question_is_forgotten_between_bursts(burst: int) -> None:
    async def main() -> None:
        asked = Asked()
        asked.go.set()
        ask = Coalesced(asked)
        for _ in range(20):
            answers = await asyncio.gather(*(ask(n) for n in range(burst)))
            assert answers == [n * n for n in range(burst)]

    asyncio.run(main())


def test_who_goes_away_before_being_asked_for_is_not() -> None:
    async def main() -> None:
        asked = Asked()
        ask = Coalesced(asked, lanes=1)
        tasks = [asyncio.create_task(ask(0))]
        await settle()
        tasks += [asyncio.create_task(ask(n)) for n in range(1, 6)]
        await settle()
        for task in tasks[1::2]:
            task.cancel()
        await settle()
        asked.go.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert asked.rounds == [[0], [2, 4]]

    asyncio.run(main())


def test_lanes_and_sizes_are_as_asked() -> None:
    async def main() -> None:
        asked = Asked()
        ask = Coalesced(asked, lanes=2, most=3)
        tasks = []
        for n in range(2):
            tasks.append(asyncio.create_task(ask(n)))
            await settle()
        tasks += [asyncio.create_task(ask(n)) for n in range(2, 7)]
        await settle()
        idle = asyncio.create_task(ask.idle())
        await settle()
        assert (asked.rounds, idle.done()) == ([[0], [1]], False)
        asked.go.set()
        await asyncio.gather(*tasks, idle)
        assert asked.rounds == [[0], [1], [2, 3, 4], [5, 6]]

    asyncio.run(main())
