"""Makes no table: prints the processor time of the coach's verdicts, over all exercises.

    python -m pytest -m benchmark -s benchmarks/bench_coach.py

First: the first wrong answer in a process, for which all misconceptions are run. Then: each later
one. The baseline is the reference's own time on the same inputs.
"""

import time

import numpy as np
import pytest
import torch

from course.coach.find import chapters, load_key
from course.coach.judging.judge import expected_outcomes, judge, known_behaviour

pytestmark = pytest.mark.benchmark


def cpu(exercise, answer):
    """Processor seconds of one verdict."""
    began = time.process_time()
    judge(exercise, answer)
    return time.process_time() - began


def test_a_verdict_takes_less_than_a_second_in_the_median_and_three_at_most():
    torch.set_num_threads(1)
    exercises = [exercise for chapter in chapters() for exercise in load_key(chapter).EXERCISES]
    first, later, reference = [], [], []
    for exercise in exercises:
        expected_outcomes.cache_clear()
        known_behaviour.cache_clear()
        wrong = exercise.misconceptions[0].wrong
        first.append(cpu(exercise, wrong))
        later.append(min(cpu(exercise, wrong) for _ in range(3)))
        reference.append(sum(one.seconds for one in expected_outcomes(exercise).outcomes))
    for name, seconds in (("first", first), ("later", later)):
        slowest = exercises[int(np.argmax(seconds))].id
        ratio = np.median(np.array(seconds) / np.maximum(reference, 1e-4))
        print(
            f"\n{name}: median {np.median(seconds):.3f} s, most {max(seconds):.2f} s ({slowest}); "
            f"{ratio:.0f} times the reference's own time in the median"
        )
        assert np.median(seconds) < 1 and max(seconds) < 3
