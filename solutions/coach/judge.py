"""Judge an answer against its key."""

from collections.abc import Callable

from solutions.coach.key import Exercise
from solutions.coach.verdict import State, Verdict


def judge(exercise: Exercise, answer: Callable) -> Verdict:
    """Run `answer` on the exercise's probes, guarded, and say how it stands. Never raises for a faulty answer."""
    state = State.RIGHT
    try:
        for probe in exercise.make_probes():
            if probe.use(answer, probe.args, probe.kwargs) != probe.use(exercise.reference, probe.args, probe.kwargs):
                state = State.WRONG
    except Exception:
        state = State.RAISED
    return Verdict(exercise_id=exercise.id, title=exercise.title, state=state)
