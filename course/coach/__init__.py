"""The coach: judges an exercise the moment its cell runs, and says why a wrong answer is wrong.

in a chapter         exercise, hint, solution, scoreboard, quiz, guess, reveal, calibration,
                     progress_board (also `from course import ...`)
in an answer key     Exercise, Probe, ModuleProbe, Misconception, EquivalentMutant, Quiz, Choice,
                     GuessNumber, GuessChoice, GuessOrder
in a checker         judge(exercise, answer) -> Verdict

key, probe           what an answer key is made of
find                 an exercise, a quiz or a guess by its number
notebook, guessing   what a chapter's cells call; told: how they say something
guesses/             what is guessed: a number, a choice, an order
judging/             what is wrong with an answer: a `verdict`
consequence          what a named mistake costs, measured
sandbox/             so that nothing breaks, whatever an answer does
cards/               what is shown
progress             what a learner has done so far, in this kernel and before it
record               what is kept of it; progress_file: the file; board: all chapters
class_lines          what goes to a class view, where a learner takes part in one
"""

from course.coach.guesses.names import GuessChoice, GuessOrder
from course.coach.guesses.number import GuessNumber
from course.coach.guessing import calibration, guess, reveal
from course.coach.judging.judge import judge
from course.coach.key import Choice, EquivalentMutant, Exercise, Misconception, Quiz
from course.coach.notebook import exercise, hint, progress_board, quiz, scoreboard, solution
from course.coach.probe import ModuleProbe, Probe
from course.coach.verdict import State, Verdict

__all__ = [
    "Choice",
    "EquivalentMutant",
    "Exercise",
    "GuessChoice",
    "GuessNumber",
    "GuessOrder",
    "Misconception",
    "ModuleProbe",
    "Probe",
    "Quiz",
    "State",
    "Verdict",
    "calibration",
    "exercise",
    "guess",
    "hint",
    "judge",
    "progress_board",
    "quiz",
    "reveal",
    "scoreboard",
    "solution",
]
