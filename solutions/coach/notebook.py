"""What a chapter's cells call: exercise, hint, solution, scoreboard, quiz."""

from collections.abc import Callable

from solutions.coach.judge import judge
from solutions.coach.verdict import State
from solutions.keys import find_exercise, find_quiz


def exercise(id: str) -> Callable[[Callable], Callable]:
    """Decorator of an exercise's stub: judge the answer, show the verdict, hand back what the chapter goes on with.

    @exercise("2.3")
    def pad_left(sequence, length):
        ...

    The name is bound to the learner's own function or class if it is right, else to the reference. Nothing is raised,
    whatever the answer does; the same cell run twice changes nothing.
    """

    def decorate(answer: Callable) -> Callable:
        key = find_exercise(id)
        verdict = judge(key, answer)
        print(verdict)
        return answer if verdict.state is State.RIGHT else key.reference

    return decorate


def hint(id: str, number: int | None = None) -> None:
    """Show the hints of exercise `id`: all three, closed, or hint `number` (1, 2 or 3), open."""
    print(find_exercise(id).hints[(number or 1) - 1])


def solution(id: str) -> None:
    """Show the source of the reference of exercise `id`, closed until it is asked for."""
    print(find_exercise(id).reference)


def scoreboard(chapter: str | None = None) -> None:
    """Show how each exercise of a chapter ("02") stands: solved by you, reference used, not tried.

    Without an argument: the chapter of the last exercise that this kernel judged.
    """


def quiz(id: str, choice: str | None = None) -> None:
    """Show quiz `id`; each choice opens its own explanation.

    Where HTML is not shown, the question and its choices; `quiz("2.1", "B")` then explains choice B.
    """
    print(find_quiz(id).question)
