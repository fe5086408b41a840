"""Every way in which an answer can stand, and what the learner is told."""

import textwrap
import types

import pytest
import torch

from course.coach import Probe, State
from course.coach.judging.naming import behaviour_of, is_the_same_mistake
from course.coach.judging.observe import Outcome

RIGHT_PAD = """
def pad_left(items, length):
    if length < 1:
        raise ValueError("no room")
    kept = list(items)[-length:]
    return [0] * (length - len(kept)) + kept
"""


def pad_with(body):
    return "def pad_left(items, length):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")


def mean_with(body):
    return "def masked_mean(scores, visible):\n" + textwrap.indent(
        textwrap.dedent(body).strip(), "    "
    )


def test_a_right_answer_is_right_on_all_probes(verdict_on):
    verdict = verdict_on(RIGHT_PAD)
    assert verdict.state is State.RIGHT
    assert verdict.right
    assert verdict.passed == verdict.probes == 9


@pytest.mark.parametrize(
    "body", ["...", "pass", "raise NotImplementedError", '"""Docs."""', '"""Docs."""\n...']
)
def test_an_empty_stub_is_not_attempted(verdict_on, body):
    verdict = verdict_on(pad_with(body))
    assert verdict.state is State.NOT_ATTEMPTED
    assert not verdict.says


def test_a_stub_with_a_hole_left_says_where(verdict_on):
    verdict = verdict_on(pad_with("kept = ...\nreturn kept"))
    assert verdict.state is State.NOT_ATTEMPTED
    assert verdict.says == ("Still to be filled in: the `...` in line 2 of the cell.",)


def test_an_ellipsis_in_an_index_is_no_hole(verdict_on):
    verdict = verdict_on(
        mean_with(
            "total = (scores * visible[...])[..., :].sum(1)\nreturn total / "
            "visible.sum(1).clamp(min=1)"
        )
    )
    assert verdict.state is State.RIGHT


def test_an_answer_that_behaves_like_a_misconception_gets_its_sentence_and_an_example(verdict_on):
    verdict = verdict_on(
        RIGHT_PAD.replace("[0] * (length - len(kept)) + kept", "kept + [0] * (length - len(kept))")
    )
    assert verdict.state is State.MISCONCEPTION
    assert verdict.says == ("Your zeros come last. Put them first.",)
    assert dict(verdict.case.rows) == {
        "input": "items = [7, 8]\nlength = 4",
        "yours": "[7, 8, 0, 0]",
        "expected": "[0, 0, 7, 8]",
    }


def test_the_same_numbers_are_not_the_same_mistake():
    exercise = types.SimpleNamespace(compare=None)
    due = Outcome(value=3, seconds=0.1)

    def doing(outcome):
        return behaviour_of(exercise, [Probe(slowdown=2)], [outcome], [due])

    slow, misplaced = Outcome(value=3, seconds=9), Outcome(value=3, misplaced=True)
    same = [
        is_the_same_mistake(exercise, doing(one), doing(other), doing(due), 0)
        for one, other in ((slow, slow), (slow, misplaced), (misplaced, misplaced))
    ]
    assert same == [True, False, True]
    assert doing(due).faults == (None,)


@pytest.mark.parametrize(("apart", "is_same"), [(5e-5, True), (1e-2, False)])
def test_a_mistake_is_the_same_though_the_last_digits_of_single_precision_differ(apart, is_same):
    exercise = types.SimpleNamespace(compare=None)
    due = Outcome(value=torch.tensor([1.0]))
    one, other = Outcome(value=torch.tensor([2.0])), Outcome(value=torch.tensor([2.0 + apart]))
    mine, theirs, right = (
        behaviour_of(exercise, [Probe()], [it], [due]) for it in (one, other, due)
    )
    assert is_the_same_mistake(exercise, mine, theirs, right, 0) is is_same


def test_two_mistakes_at_once_are_no_misconception_of_one(verdict_on):
    verdict = verdict_on(
        pad_with("kept = items[:length]\nreturn kept + [0] * (length - len(kept))")
    )
    assert verdict.state is not State.MISCONCEPTION


def test_a_wrong_result_shows_the_smallest_input_that_fails(verdict_on):
    verdict = verdict_on(
        RIGHT_PAD.replace("return ", "return [9] * length if len(items) == 3 else ")
    )
    assert verdict.state is State.WRONG
    assert verdict.says[-1] == "Entry 0 is 9, expected 2."
    assert dict(verdict.case.rows)["input"] == "items = [1, 2, 3]\nlength = 2"


@pytest.mark.parametrize(
    ("body", "state", "says"),
    [
        ("kept = items[-length:]", State.NOTHING_RETURNED, "Did you forget `return`?"),
        ("return np.zeros(length, dtype=int)", State.WRONG_TYPE, "a numpy array, expected a list"),
        ("return tuple([0] * length)", State.WRONG_TYPE, "a tuple, expected a list"),
        ("yield 0", State.WRONG_TYPE, "`return`, not `yield`"),
        ("return [0] * (length + 1)", State.WRONG_SHAPE, "3 entries, expected 2"),
        ("return [0.5] * length", State.WRONG_TYPE, "a float, expected an int"),
        ("items.append(3)\nreturn items", State.EDITED_INPUT, "argument `items` in place"),
        ("new = items[9]", State.RAISED,
         "`IndexError: list index out of range`. That was line 2: `new = items[9]`"),
        ("return [np.random.rand()]", State.NOT_DETERMINISTIC, "two results"),
        ("import sys\nsys.exit(3)", State.RAISED, "`SystemExit: 3`. That was line 3"),
        ("raise KeyboardInterrupt", State.RAISED, "`KeyboardInterrupt`. That was line 2"),
        ("return pad_left(items, length)", State.RAISED,
         "`RecursionError: maximum recursion depth exceeded"),
        ("return input('which? ')", State.RAISED, "nobody can answer input()"),
        ("return exit", State.WRONG_TYPE, "expected a list"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_is_named(verdict_on, body, state, says):
    verdict = verdict_on(pad_with(body))
    assert verdict.state is state
    assert says in " ".join(verdict.says)


def test_an_input_that_must_be_refused_and_is_not(verdict_on):
    source = RIGHT_PAD.replace('raise ValueError("no room")', "return 5")
    verdict = verdict_on(source)
    assert verdict.state is State.NOT_RAISED
    assert "refused with a `ValueError`" in verdict.says[0]
    assert verdict_on(RIGHT_PAD.replace("ValueError", "KeyError")).state is State.RAISED


def test_other_arguments_than_the_stub_s_are_pointed_out(verdict_on):
    verdict = verdict_on("def pad_left(items):\n    return items")
    assert verdict.state is State.RAISED
    assert "as in the stub, `pad_left(items, length)`" in verdict.says[0]


@pytest.mark.parametrize(
    ("body", "state", "says"),
    [
        ("scores[~visible] = 0\nreturn scores.sum(1) / visible.sum(1).clamp(min=1)",
         State.EDITED_INPUT, "`scores` in place"),
        ("return (scores * visible).sum(1, keepdim=True) / visible.sum(1, "
         "keepdim=True).clamp(min=1)",
         State.WRONG_SHAPE, "(1, 1), expected (1,)"),
        ("return ((scores * visible).sum(1) / visible.sum(1).clamp(min=1)).double()",
         State.WRONG_DTYPE, "float64, expected float32"),
        ("return (scores * visible).sum(1) / torch.maximum(visible.sum(1), torch.tensor([1]))",
         State.WRONG_DEVICE, "That was line 2"),
        ("n = visible.sum(1).clamp(min=1)\nreturn ((scores * visible).sum(1) / n).detach()",
         State.MISCONCEPTION, "detached"),
        ("n = visible.sum(1).clamp(min=1)\nreturn (scores * visible).sum(1) / n + scores[:, 0] - "
         "scores[:, 0].detach()",
         State.WRONG_GRADIENT, "its gradient is not. The gradient of `scores`, entry [0, 0] is "),
        ("return (scores * visible).sum(1) / visible.sum(1)", State.WRONG, "nan, expected 0"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_of_a_tensor_is_named(verdict_on, body, state, says):
    verdict = verdict_on(mean_with(body))
    assert verdict.state is state
    assert says in " ".join(verdict.says)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def Gate(x):\n    return x", "Write a class"),
        ("class pad_left:\n    def f(self):\n        return 1", "Write a function"),
        (
            "class Gate:\n    def __init__(self):\n        self.x = 1",
            "(nn.Module)`: the class needs its parent",
        ),
        ("pad_left = 7", "Below `@exercise` stands 7"),
    ],
)
def test_what_can_not_be_judged_is_said(verdict_on, source, says):
    verdict = verdict_on(source)
    assert verdict.state is State.UNUSABLE
    assert says in " ".join(verdict.says)


def test_prints_and_warnings_are_tolerated_but_noted(verdict_on):
    body = "print('length', length)\nimport warnings; warnings.warn('old habits')\n"
    verdict = verdict_on(RIGHT_PAD.replace("def pad_left(items, length):\n", pad_with(body) + "\n"))
    assert verdict.state is State.RIGHT
    assert verdict.notes == ("It warned: UserWarning: old habits", "It printed 9 lines on the way.")
    assert verdict.printed == "length 4\n"  # of nine calls one is shown


def test_the_same_answer_gets_the_same_verdict_again(verdict_on):
    source = pad_with("print(object()); return [object()] * length")
    assert verdict_on(source) == verdict_on(source)


def test_a_view_of_the_input_is_a_fine_result(verdict_on, toy, cell):
    source = mean_with(
        "return ((scores * visible).sum(1) / visible.sum(1).clamp(min=1)).view(-1)[:]"
    )
    assert verdict_on(source).right
