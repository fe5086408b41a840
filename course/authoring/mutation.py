"""How good are a key's probes? Edit right answers a little and count the edits that are rejected.

    python -m course.authoring.mutation 02      score of chapter 02, survivors listed
    python -m course.authoring.mutation         all chapters

An edit that survives is either a wrong answer that the probes let pass (add a probe) or a right one
in other words (list it in the exercise's `equivalent_mutants`, with the reason). The exit status is
1 while there are others.
"""

import argparse
import inspect
import sys
from dataclasses import dataclass
from typing import Any

from course.authoring.master_solutions import solutions_of
from course.authoring.mutants import mutants
from course.coach import Exercise
from course.coach.find import KeyNotFound, chapters, load_key
from course.coach.judging.judge import accepts, expected_outcomes

# An edit may loop for ever. It has so many seconds, or so many times the reference's own if that
# is more. One that the key lists as equivalent is known to end: on a busy machine it may take long.
_LEAST_TIME = 0.5
_TIMES_REFERENCE = 20.0
_TIMES_IF_LISTED = 20.0


@dataclass(frozen=True)
class Score:
    """The outcome for one exercise.

    exercise:  the exercise.
    edits:     all edits, "before -> after".
    survivors: those that the judge accepts.
    """

    exercise: Exercise
    edits: tuple[str, ...]
    survivors: tuple[str, ...]

    @property
    def known(self) -> tuple[str, ...]:
        """Survivors that the key lists as equivalent."""
        listed = self.exercise.equivalent_mutants
        return tuple(edit for edit in self.survivors if any(m.covers(edit) for m in listed))

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Survivors that the key does not list: wrong answers that pass, until shown otherwise."""
        return tuple(edit for edit in self.survivors if edit not in self.known)

    @property
    def stale(self) -> tuple[str, ...]:
        """Entries of the key's list that are no edit, or one that is rejected."""
        listed = self.exercise.equivalent_mutants
        return tuple(m.edit for m in listed if not any(m.covers(edit) for edit in self.survivors))

    @property
    def rejected(self) -> int:
        """How many edits the judge rejects."""
        return len(self.edits) - len(self.survivors)


def score(
    exercise: Exercise, right_answers: tuple[tuple[str, dict[str, Any]], ...] | None = None
) -> Score:
    """Edit each right answer and judge every edit.

    exercise:      whose probes judge.
    right_answers: (source, names that it sees) of each. None: the reference, and the solution in
                   the chapter's master if there is one.
    """
    if right_answers is None:
        right_answers = (reference_source(exercise), *solutions_of(exercise))
    outcomes = expected_outcomes(exercise).outcomes
    spent = sum(outcome.seconds for outcome in outcomes)
    # where no probe is bad input, nothing can reject an edit of a refusal
    refusals = any(outcome.error is not None for outcome in outcomes)
    limit = max(_LEAST_TIME, _TIMES_REFERENCE * spent)
    judged: dict[str, bool] = {}
    for source, names in right_answers:
        for mutant in mutants(source, refusals=refusals):
            if mutant.edit not in judged:
                is_listed = any(m.covers(mutant.edit) for m in exercise.equivalent_mutants)
                patience = limit * (_TIMES_IF_LISTED if is_listed else 1)
                judged[mutant.edit] = accepts(exercise, mutant.define(names), time_limit=patience)
    survivors = tuple(edit for edit, accepted in judged.items() if accepted)
    return Score(exercise, tuple(judged), survivors)


def reference_source(exercise: Exercise) -> tuple[str, dict[str, Any]]:
    """The reference's source and the names of its module."""
    reference = exercise.reference
    return inspect.getsource(reference), vars(sys.modules[reference.__module__])


def main(arguments: list[str] | None = None) -> int:
    """Print the scores of the chapters named.

    Returns 0, 1 if an edit survives without a reason, or 2 if a chapter has no key.
    """
    parser = argparse.ArgumentParser(
        prog="python -m course.authoring.mutation", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "chapters", nargs="*", help="such as 02; all that have a key if none is given"
    )
    numbers = parser.parse_args(arguments).chapters or chapters()
    try:
        exercises = [exercise for number in numbers for exercise in load_key(number).EXERCISES]
    except KeyNotFound as error:
        print(error, file=sys.stderr)
        return 2
    scores = [score(exercise) for exercise in exercises]
    print("exercise  edits  rejected  equivalent  survived  misconceptions")
    for each in scores:
        print(
            f"{each.exercise.id:>8}  {len(each.edits):5}  {each.rejected:8}  "
            f"{len(each.known):10}  {len(each.unexplained):8}  "
            f"{len(each.exercise.misconceptions):14}"
        )
    for each in scores:
        for edit in each.unexplained:
            print(f"{each.exercise.id} survived: {edit}")
        for edit in each.stale:
            print(f"{each.exercise.id} listed as equivalent, but not a survivor: {edit}")
    total = sum(len(each.edits) for each in scores)
    rejected = sum(each.rejected for each in scores)
    known = sum(len(each.known) for each in scores)
    share = rejected / (total - known) if total > known else 1.0
    print(
        f"mutation score {share:.1%}: {rejected} of {total} edits rejected, {known} known to be "
        "equivalent"
    )
    return 1 if any(each.unexplained or each.stale for each in scores) else 0


if __name__ == "__main__":
    sys.exit(main())
