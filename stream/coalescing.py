"""Many questions at once, answered with few round trips."""

from asyncio import Future, Task, create_task, get_running_loop
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

#: Round trips under way at a time; questions that come meanwhile share the next one.
_LANES = 4

#: The most questions that share a round trip.
_MOST = 64


class Coalesced(Generic[Q, A]):
    """Asks at once while there is little to ask, and for many together when there is much.

    A round trip costs the client far more than one more question in it does. So the busier the
    process, the less each question costs, and nobody waits for others to come.

    Args:
        ask: answers questions, in their order.
    """

    def __init__(self, ask: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._ask = ask
        self._waiting: deque[tuple[Q, Future[A]]] = deque()
        self._busy = 0
        self._tasks: set[Task[None]] = set()

    async def __call__(self, question: Q) -> A:
        """Return the answer; raises what ``ask`` raises."""
        answer: Future[A] = get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._busy < _LANES:
            self._busy += 1
            task = create_task(self._serve())
            self._tasks.add(task)  # the loop itself would let it go
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _serve(self) -> None:
        try:
            while self._waiting:
                count = min(_MOST, len(self._waiting))
                await self._answer([self._waiting.popleft() for _ in range(count)])
        finally:
            self._busy -= 1

    async def _answer(self, asked: Sequence[tuple[Q, Future[A]]]) -> None:
        try:
            answers = await self._ask([question for question, _ in asked])
        except Exception as error:  # noqa: BLE001 - everyone who asked gets it
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), answer in zip(asked, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
