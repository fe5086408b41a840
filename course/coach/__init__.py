"""The coach: judges an exercise the moment its cell runs, and says why a wrong answer is wrong.

in a chapter         exercise, hint, solution, scoreboard, quiz (also `from course import ...`)
in an answer key     Exercise, Probe, ModuleProbe, Misconception, EquivalentMutant, Quiz, Choice
in a checker         judge(exercise, answer) -> Verdict

key, probe           what an answer key is made of
find                 an exercise or a quiz by its number
notebook             what a chapter's cells call
judging/             what is wrong with an answer: a `verdict`
sandbox/             so that nothing breaks, whatever an answer does
cards/               what is shown
progress             what this kernel has judged so far
"""

from course.coach.judging.judge import judge
from course.coach.key import Choice, EquivalentMutant, Exercise, Misconception, Quiz
from course.coach.notebook import exercise, hint, quiz, scoreboard, solution
from course.coach.probe import ModuleProbe, Probe
from course.coach.verdict import State, Verdict

__all__ = [
    "Choice",
    "EquivalentMutant",
    "Exercise",
    "Misconception",
    "ModuleProbe",
    "Probe",
    "Quiz",
    "State",
    "Verdict",
    "exercise",
    "hint",
    "judge",
    "quiz",
    "scoreboard",
    "solution",
]
