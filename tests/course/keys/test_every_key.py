"""What holds for every answer key in `course/keys`."""

import ast
import inspect
from functools import partial

import pytest
from torch.nn import Module

from course.authoring.master_solutions import define, definitions, solutions_of
from course.authoring.mutation import score
from course.coach import Exercise, ModuleProbe, Quiz, State, judge
from course.coach.find import chapter_of, chapters, load_key
from course.coach.judging.judge import expected_outcomes, known_behaviour
from course.coach.judging.naming import behaviour_of, explanation

EXERCISES = [exercise for chapter in chapters() for exercise in load_key(chapter).EXERCISES]
QUIZZES = [quiz for chapter in chapters() for quiz in load_key(chapter).QUIZZES]
every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
every_quiz = pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: f"quiz-{quiz.id}")


@pytest.mark.parametrize("chapter", chapters())
def test_ids_count_up_from_one_within_the_chapter(chapter):
    key = load_key(chapter)
    for entries in (key.EXERCISES, key.QUIZZES):
        assert [entry.id for entry in entries] == [
            f"{int(chapter)}.{n + 1}" for n in range(len(entries))
        ]


@pytest.mark.parametrize("chapter", chapters())
def test_the_master_asks_exactly_the_exercises_of_the_key(chapter):
    asked = definitions(chapter, solved=True)
    if not asked:
        pytest.skip(f"chapter {chapter} has no master yet")
    assert set(asked) == {exercise.id for exercise in load_key(chapter).EXERCISES}


@every_exercise
def test_the_reference_is_right_on_the_probes_which_are_the_same_each_time(exercise: Exercise):
    seen = expected_outcomes(exercise).outcomes
    verdict = judge(exercise, exercise.reference)
    assert verdict.state is State.RIGHT, (verdict.says, verdict.case)
    assert verdict.probes == verdict.passed == len(seen)
    assert all(probe.label for probe in exercise.make_probes())


@every_exercise
def test_the_reference_comes_from_a_library_and_takes_a_small_part_of_the_time(exercise: Exercise):
    assert exercise.reference.__module__.partition(".")[0] in ("seqrec", "zooplus_sim")
    spent = sum(outcome.seconds for outcome in expected_outcomes(exercise).outcomes)
    assert spent < exercise.time_limit / 4


@every_exercise
def test_every_probe_fits_the_signature_that_learners_see(exercise: Exercise):
    signature = inspect.signature(exercise.reference)
    for probe in exercise.make_probes():
        if isinstance(probe, ModuleProbe):
            signature.bind(*probe.init, **probe.init_kwargs)
        elif probe.call is None:
            signature.bind(*probe.args, **probe.kwargs)


@every_exercise
def test_an_untouched_stub_is_not_attempted(exercise: Exercise):
    name, signature = exercise.stub_name, inspect.signature(exercise.reference)
    arguments = ", ".join(signature.parameters)
    bodies = ["...", "pass", "raise NotImplementedError", '"""Only a docstring."""']
    for number, body in enumerate(bodies):
        if isinstance(exercise.reference, type):
            source = (
                f"class {name}(Parent):\n    def __init__({arguments or 'self'}):\n        {body}\n"
            )
        else:
            source = f"def {name}({arguments}):\n    {body}\n"
        stub = define(source, {"Parent": getattr(exercise.reference, "__base__", object)})
        assert judge(exercise, stub).state is State.NOT_ATTEMPTED, bodies[number]


@every_exercise
def test_the_stub_of_the_chapter_is_not_attempted_and_has_the_name_that_later_cells_call(
    exercise: Exercise,
):
    stubs = definitions(chapter_of(exercise.id), solved=False)
    if exercise.id not in stubs:
        pytest.skip("no master yet")
    source, names = stubs[exercise.id]
    assert ast.parse(source).body[0].name == exercise.stub_name
    assert judge(exercise, define(source, dict(names))).state is State.NOT_ATTEMPTED


@every_exercise
def test_the_solution_in_the_master_is_right(exercise: Exercise):
    found = solutions_of(exercise)
    if not found:
        pytest.skip("no master yet")
    ((source, names),) = found
    verdict = judge(exercise, define(source, dict(names)))
    assert verdict.state is State.RIGHT, (verdict.says, verdict.case)


@every_exercise
def test_there_are_three_misconceptions_or_more_each_told_in_its_own_words(exercise: Exercise):
    told = [misconception.says for misconception in exercise.misconceptions]
    assert len(told) >= 3
    assert len(set(told)) == len(told)
    assert all(says[-1] in ".?!`" for says in told)


@every_exercise
def test_each_misconception_explains_itself_and_is_told_its_own_sentence(exercise: Exercise):
    """So no two behave alike: of such the first would be named for both."""
    probes, expected = exercise.make_probes(), expected_outcomes(exercise).outcomes
    due = behaviour_of(exercise, probes, expected, expected)
    behaviour = partial(known_behaviour, exercise)
    for misconception in exercise.misconceptions:
        named = explanation(exercise, behaviour(misconception), due, behaviour)
        assert named is misconception, (misconception.name, named and named.name)
    verdict = judge(exercise, misconception.wrong)
    assert verdict.state is State.MISCONCEPTION, misconception.name
    assert verdict.says == (misconception.says,), misconception.name


@every_exercise
def test_each_misconception_has_the_shape_of_the_stub(exercise: Exercise):
    """One written against the library's class, whose methods differ, would never be met."""
    stubs = definitions(chapter_of(exercise.id), solved=False)
    if exercise.id not in stubs:
        pytest.skip("no master yet")
    source, names = stubs[exercise.id]
    expected = list(inspect.signature(define(source, dict(names))).parameters)
    for misconception in exercise.misconceptions:
        wrong = misconception.wrong
        assert list(inspect.signature(wrong).parameters) == expected, misconception.name
        assert isinstance(wrong, type) == isinstance(exercise.reference, type), misconception.name
        if isinstance(wrong, type):
            assert not issubclass(wrong, exercise.reference), misconception.name
            assert issubclass(wrong, Module) == issubclass(exercise.reference, Module)


@every_exercise
def test_the_three_hints_differ(exercise: Exercise):
    assert len(set(exercise.hints)) == 3
    assert all(hint.strip() for hint in exercise.hints)


@every_exercise
def test_small_edits_of_a_right_answer_are_rejected_unless_listed_as_equivalent(exercise: Exercise):
    found = score(exercise)
    if found.unexplained:
        pytest.fail(
            "these pass; add a probe, or list them as equivalent with the reason:\n"
            + "\n".join(found.unexplained)
        )
    if found.stale:
        pytest.fail(
            "listed as equivalent, but rejected, or no edit any more:\n" + "\n".join(found.stale)
        )
    assert found.rejected > 0


@every_quiz
def test_every_choice_of_a_quiz_has_an_explanation_of_its_own(quiz: Quiz):
    reasons = [choice.why for choice in quiz.choices]
    assert len(set(reasons)) == len(reasons)
    assert len(quiz.choices) <= 26
