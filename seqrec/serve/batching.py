"""Those that wait are answered together: one call for all, then each gets its own answer.

Where many ask, one forward pass for all takes less time than one for each. So the first that comes
waits a moment for others; and while an answer is computed, those who come are gathered for the next
one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from seqrec.serve.questions import Limits, Question, Refusal


class Batcher:
    """Gathers Questions. Belongs to one event loop, and computes in one thread beside it.

    answer:  a function of a list of Questions; returns a list as long
    limits:  Limits: `batch` and `waiting`
    delay:   seconds that the first one waits for others, at most; who waited longer than that while
             others were answered waits no more
    observe: is told the number of histories of each batch
    """

    def __init__(
        self,
        answer: Callable[[Sequence[Question]], Sequence[Any]],
        limits: Limits,
        delay: float,
        observe: Callable[[int], None] = lambda n_histories: None,
    ) -> None:
        self.answer = answer
        self.limits = limits
        self.delay = delay
        self.observe = observe
        # (Question, future, when it came)
        self._queue = deque()
        #: Histories that wait.
        self.n_waiting = 0
        self._changed = asyncio.Event()
        self._is_closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def ask(self, question: Question) -> Any:
        """What `answer` has for this Question. Raises Refusal, 503, where too many wait."""
        loop = asyncio.get_running_loop()
        n_waiting = self.n_waiting + len(question.histories)
        if self._is_closing or n_waiting > self.limits.waiting:
            why = "the server is stopping" if self._is_closing else "too many histories wait"
            raise Refusal(f"{why}. Cure: the same request a second later.", 503)
        future = loop.create_future()
        self._queue.append((question, future, loop.time()))
        self.n_waiting = n_waiting
        self._changed.set()
        return await future

    async def close(self) -> None:
        """Take no more Questions, and come back when all that wait are answered."""
        self._is_closing = True
        self._changed.set()
        await self._task
        self._thread.shutdown()

    async def _run(self):
        while not (self._is_closing and not self._queue):
            await self._gathered()
            batch = self._taken()
            if not batch:
                continue
            questions = [question for question, _ in batch]
            self.observe(sum(len(question.histories) for question in questions))
            try:
                loop = asyncio.get_running_loop()
                answers = await loop.run_in_executor(self._thread, self.answer, questions)
            except Exception as error:
                answers = [error] * len(batch)
            for (_, future), answer in zip(batch, answers, strict=True):
                if future.done():
                    # Whoever asked has gone.
                    continue
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)

    async def _gathered(self):
        """Come back when a batch is full, or its first Question has waited long enough."""
        loop = asyncio.get_running_loop()
        while not self._is_closing and self.n_waiting < self.limits.batch:
            left = self._queue[0][2] + self.delay - loop.time() if self._queue else None
            if left is not None and left <= 0:
                return
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                return

    def _taken(self):
        """The next batch: Questions that fit into it, in the order in which they came."""
        batch = []
        n_histories = 0
        while self._queue:
            question, future, _ = self._queue[0]
            n_histories += len(question.histories)
            if batch and n_histories > self.limits.batch:
                break
            self._queue.popleft()
            self.n_waiting -= len(question.histories)
            if not future.done():
                batch.append((question, future))
        return batch
