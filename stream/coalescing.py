"""Many questions at once, answered with few round trips."""

from asyncio import Future, Task, create_task, get_running_loop, wait
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Coalesced(Generic[Q, A]):
    """Asks at once while there is little to ask, and for many together when there is much.

    A round trip costs the client far more than one more question in it does. So the busier the
    process, the less each question costs, and nobody waits for others to come. Whoever goes away
    while the question still waits is not asked for.

    Args:
        ask: answers questions, in their order.
        lanes: round trips under way at a time; questions that come meanwhile share the next one.
        most: the most questions that share a round trip.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[Q]], Awaitable[Sequence[A]]],
        *,
        lanes: int = 4,
        most: int = 64,
    ) -> None:
        self._ask = ask
        self._lanes = lanes
        self._most = most
        self._waiting: OrderedDict[Future[A], Q] = OrderedDict()
        self._busy = 0
        self._tasks: set[Task[None]] = set()

    async def __call__(self, question: Q) -> A:
        """Return the answer; raises what ``ask`` raises."""
        answer: Future[A] = get_running_loop().create_future()
        self._waiting[answer] = question
        if self._busy < self._lanes:
            self._busy += 1
            task = create_task(self._serve())
            self._tasks.add(task)  # the loop itself would let it go
            task.add_done_callback(self._tasks.discard)
        try:
            return await answer
        finally:
            self._waiting.pop(answer, None)

    async def idle(self) -> None:
        """Return when no round trip is under way, and no question waits."""
        while self._tasks:
            await wait(self._tasks)

    async def _serve(self) -> None:
        try:
            while self._waiting:
                count = min(self._most, len(self._waiting))
                await self._answer([self._waiting.popitem(last=False) for _ in range(count)])
        finally:
            self._busy -= 1

    async def _answer(self, asked: Sequence[tuple[Future[A], Q]]) -> None:
        try:
            answers = await self._ask([question for _, question in asked])
        except Exception as error:  # noqa: BLE001 - everyone who asked gets it
            for future, _ in asked:
                if not future.done():
                    future.set_exception(error)
        else:
            for (future, _), answer in zip(asked, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
