"""An answer that does not end on one input is judged on the others."""

import dataclasses
import textwrap

import pytest
import torch

from course.coach import State, judge

PADS = "kept = list(items)[-length:]\nreturn [0] * (length - len(kept)) + kept"
REFUSES = "if length < 1: raise ValueError\n"


@pytest.fixture
def verdict_of(toy, cell):
    """The verdict on a body of `pad_left`, within half a second."""

    def run(body):
        lines = textwrap.indent(body, "    ")
        return judge(toy.hasty, cell(f"def pad_left(items, length):\n{lines}\n")["pad_left"])

    return run


@pytest.mark.parametrize("hangs", ["while True: pass", "import time; time.sleep(10**6)"])
def test_the_others_are_judged_and_told(verdict_of, hangs):
    verdict = verdict_of(f"if items == []:\n    {hangs}\n{REFUSES}{PADS}")
    assert verdict.state is State.TIME_LIMIT
    endless = verdict.probes - verdict.passed
    assert 1 <= endless < verdict.probes
    inputs = f"{endless} of {verdict.probes} inputs, and is right on {verdict.passed}."
    assert verdict.says[1] == f"It did not end on {inputs}"
    assert verdict.case.title == "It was stopped on this input: an empty history"


def test_a_wrong_result_behind_the_one_that_did_not_end_counts_as_wrong(verdict_of):
    verdict = verdict_of(f"while length == 2 and items == []: pass\n{PADS}")
    assert verdict.says[1] == "It did not end on 1 of 9 inputs, and is right on 7."


def test_where_none_ends_nothing_is_said_of_the_others(verdict_of):
    verdict = verdict_of("while True: pass")
    assert verdict.passed == 0
    assert len(verdict.says) == 1


def test_the_others_are_judged_in_a_notebook_put_in_order(toy, cell):
    """The answer was stopped in the midst: what it had set is set back for the next input."""
    names = cell(
        "import torch\ndef masked_mean(scores, visible):\n"
        "    if len(scores) < 3:\n        torch.set_default_dtype(torch.float64)\n"
        "        torch.set_grad_enabled(False)\n        while True: pass\n"
        "    total = torch.where(visible, scores, torch.zeros(())).sum(1)\n"
        "    return total / visible.sum(1).clamp(min=1)\n"
    )
    verdict = judge(dataclasses.replace(toy.mean, time_limit=0.5), names["masked_mean"])
    assert verdict.passed == 1  # the one of four rows, behind two that did not end
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32
