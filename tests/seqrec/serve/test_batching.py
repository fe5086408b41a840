"""Who waits is answered with the others, gets its own answer, and nobody is lost."""

import asyncio
import threading

import pytest

from seqrec.serve.batching import Batcher
from seqrec.serve.questions import Limits, Question, Refusal


def question(number, n=1):
    return Question(histories=[[number]] * n)


def numbers(questions):
    return [one.histories[0][0] for one in questions]


class Gate:
    """Answers each question with its number, once it is opened; keeps the batches."""

    def __init__(self, is_open=True):
        self.batches = []
        self.opened = threading.Event()
        if is_open:
            self.opened.set()

    def __call__(self, questions):
        self.batches.append([len(one.histories) for one in questions])
        self.opened.wait()
        return numbers(questions)


def run(talk, answer, *, delay=0.0, **limits):
    async def inside():
        batcher = Batcher(answer, Limits(**limits), delay)
        try:
            return await talk(batcher)
        finally:
            await batcher.close()

    return asyncio.run(inside())


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def test_those_who_come_while_others_are_answered_are_answered_together():
    gate = Gate(is_open=False)

    async def talk(batcher):
        first = asyncio.create_task(batcher.ask(question(0)))
        await until(lambda: gate.batches)
        others = [asyncio.create_task(batcher.ask(question(n))) for n in range(1, 21)]
        await until(lambda: batcher.n_waiting == 20)
        gate.opened.set()
        return await asyncio.gather(first, *others)

    assert run(talk, gate) == list(range(21))
    assert [len(batch) for batch in gate.batches] == [1, 20]


def test_the_first_waits_for_others():
    gate = Gate()

    async def talk(batcher):
        # A batch is full with five: nobody waits for the hour.
        return await asyncio.gather(*(batcher.ask(question(n)) for n in range(5)))

    assert run(talk, gate, delay=3600, batch=5) == list(range(5))
    assert [len(batch) for batch in gate.batches] == [5]


def test_a_batch_holds_as_many_histories_as_it_may_and_one_question_at_least():
    gate = Gate(is_open=False)
    sizes = [2, 3, 4, 9, 1, 1]

    async def talk(batcher):
        first = asyncio.create_task(batcher.ask(question(0)))
        await until(lambda: gate.batches)
        asks = [asyncio.create_task(batcher.ask(question(n, size))) for n, size in enumerate(sizes)]
        await until(lambda: batcher.n_waiting == sum(sizes))
        gate.opened.set()
        return await asyncio.gather(*asks, first)

    assert run(talk, gate, batch=5) == [*range(6), 0]
    assert gate.batches == [[1], [2, 3], [4], [9], [1, 1]]


def test_one_refusal_is_its_askers_alone():
    def answer(questions):
        return [Refusal("no") if n == 1 else n for n in numbers(questions)]

    async def talk(batcher):
        asks = (batcher.ask(question(n)) for n in range(3))
        return await asyncio.gather(*asks, return_exceptions=True)

    first, second, third = run(talk, answer, delay=0.01)
    assert (first, third) == (0, 2) and isinstance(second, Refusal)


def test_after_a_failure_the_next_are_answered():
    def answer(questions):
        if 1 in numbers(questions):
            raise RuntimeError("out of memory")
        return numbers(questions)

    async def talk(batcher):
        with pytest.raises(RuntimeError, match="out of memory"):
            await batcher.ask(question(1))
        return await batcher.ask(question(2))

    assert run(talk, answer) == 2


def test_who_goes_away_is_not_answered_and_holds_up_nobody():
    gate = Gate(is_open=False)

    async def talk(batcher):
        first = asyncio.create_task(batcher.ask(question(0)))
        await until(lambda: gate.batches)
        gone, stays = (asyncio.create_task(batcher.ask(question(n))) for n in (1, 2))
        await until(lambda: batcher.n_waiting == 2)
        gone.cancel()
        first.cancel()
        await asyncio.sleep(0)
        gate.opened.set()
        return await stays

    assert run(talk, gate) == 2
    assert gate.batches == [[1], [1]]


def test_closing_answers_those_who_wait_and_takes_no_more():
    gate = Gate(is_open=False)

    async def inside():
        batcher = Batcher(gate, Limits(), 3600)
        asks = [asyncio.create_task(batcher.ask(question(n))) for n in range(3)]
        await until(lambda: batcher.n_waiting == 3)
        closing = asyncio.create_task(batcher.close())
        await until(lambda: gate.batches)
        with pytest.raises(Refusal, match="stopping"):
            await batcher.ask(question(9))
        gate.opened.set()
        await closing
        return await asyncio.gather(*asks)

    assert asyncio.run(inside()) == [0, 1, 2]


def test_too_many_are_told_so_and_room_is_given_back():
    gate = Gate(is_open=False)

    async def talk(batcher):
        first = asyncio.create_task(batcher.ask(question(0)))
        await until(lambda: gate.batches)
        waits = asyncio.create_task(batcher.ask(question(1, 3)))
        await until(lambda: batcher.n_waiting == 3)
        with pytest.raises(Refusal, match="too many") as told:
            await batcher.ask(question(2, 2))
        assert told.value.status == 503
        fits = asyncio.create_task(batcher.ask(question(3)))
        await until(lambda: batcher.n_waiting == 4)
        gate.opened.set()
        return await asyncio.gather(first, waits, fits), batcher.n_waiting

    assert run(talk, gate, waiting=4) == ([0, 1, 3], 0)
