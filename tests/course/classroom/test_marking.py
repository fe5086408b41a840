"""What an answer is worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import exercise
from course.coach import State, judge
from course.coach.find import find_exercise
from course.coach.progress import forget
from course.marking import borrows, points, with_unseen
from seqrec.metrics import ranking as metrics

KEY = find_exercise("0.1")
SEED = 4711


@pytest.fixture(autouse=True)
def a_fresh_kernel():
    forget()
    yield
    forget()


def share_of_lift(model, popularity, oracle):
    return (model - popularity) / (oracle - popularity)


def hands_over(model, popularity, oracle):
    return metrics.share_of_lift(model, popularity, oracle)


def imports_inside(model, popularity, oracle):
    from seqrec.metrics import share_of_lift as solved

    return solved(model, popularity, oracle)


def answered(answer):
    """`answer` as a notebook's cell has it: judged, and under the name that later cells call."""
    exercise("0.1")(answer)
    return points("0.1", most=3, seed=SEED)


def test_a_right_answer_gets_all_points(capsys):
    assert answered(share_of_lift) == 3
    assert "3 of 3 points: right" in capsys.readouterr().out


@pytest.mark.parametrize("misconception", KEY.misconceptions, ids=lambda each: each.name)
def test_a_wrong_answer_gets_a_part_and_is_told_why(misconception, capsys):
    assert 0 <= answered(misconception.wrong) < 3
    assert misconception.says in capsys.readouterr().out


def test_points_are_the_share_of_unseen_inputs_that_the_answer_gets_right(capsys):
    # right where popularity is 0
    verdict = judge(with_unseen(KEY, SEED), KEY.misconceptions[1].wrong)
    assert 0 < verdict.passed < verdict.probes
    assert answered(KEY.misconceptions[1].wrong) == round(3 * verdict.passed / verdict.probes, 1)


def test_nothing_attempted_and_nothing_run_get_nothing():
    def share_of_lift(model, popularity, oracle):
        """How far."""
        ...

    assert points("0.1", most=3, seed=SEED) == 0
    assert answered(share_of_lift) == 0


@pytest.mark.parametrize("answer", [hands_over, imports_inside, metrics.share_of_lift])
def test_who_calls_the_librarys_own_function_gets_nothing(answer, capsys):
    assert judge(KEY, answer).state is State.RIGHT  # the coach lets it pass: it is no examiner
    assert answered(answer) == 0
    assert "calls the library's" in capsys.readouterr().out


def test_other_functions_of_the_library_may_be_used():
    def share_of_lift(model, popularity, oracle):
        return float(metrics.np.divide(model - popularity, oracle - popularity))

    assert not borrows(KEY, share_of_lift)


def test_an_answer_that_gives_two_results_never_gets_all_points():
    calls = []

    def share_of_lift(model, popularity, oracle):
        calls.append(model)
        return (model - popularity) / (oracle - popularity) + (len(calls) % 9 == 0)

    assert answered(share_of_lift) < 3


@given(seed=st.integers(0, 2**31))
def test_unseen_probes_come_after_the_known_ones_and_depend_on_the_seed(seed):
    first, again, other = (with_unseen(KEY, s).make_probes() for s in (seed, seed, seed + 1))
    known = KEY.make_probes()
    assert first == again and first[: len(known)] == other[: len(known)] == known
    assert len(first) == len(other) == 2 * len(known) and first[len(known) :] != other[len(known) :]


def test_what_answers_print_or_warn_stays_off_stderr(capfd):
    import sys
    import warnings

    def share_of_lift(model, popularity, oracle):
        warnings.warn("careful", stacklevel=1)
        print("hello", file=sys.stderr)
        return (model - popularity) / (oracle - popularity)

    assert answered(share_of_lift) == 3
    assert capfd.readouterr().err == ""
