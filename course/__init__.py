"""What a chapter's cells import.

    from course import calibration, exercise, guess, hint, quiz, reveal, scoreboard, solution

Where things are:

    coach/                   judges an answer: judging/ (what is wrong), sandbox/ (so that nothing
                             breaks), cards/ (what is shown)
    keys/                    the answer keys, a file a chapter, data only; the coach finds one when
                             its number is asked for
    figures/                 one look; maps of attention and graphs, the ladder, the explorer
    play/                    Play as Anna
    measured/                the tables that chapters show, each made by a file of `benchmarks/`;
                             that of Play as Anna by `authoring/play_models.py`, those of MovieLens
                             by `python -m seqrec.reproduce`
    tables.py                reads them
    trials.py                a shop, two small models and their judge, for chapters 03 and 04
    progress.py              how far a learner has come, in the terminal
    movielens_stand_in.py    files as MovieLens', where the data is not at hand
    authoring/               for authors: masters into notebooks, checks, variants, mutation, an
                             nbgrader course
    marking/                 for teachers: marks for an answer
"""

from course.coach.guessing import calibration, guess, reveal
from course.coach.notebook import exercise, hint, progress_board, quiz, scoreboard, solution
from course.tables import measured

__all__ = [
    "calibration",
    "exercise",
    "guess",
    "hint",
    "measured",
    "progress_board",
    "quiz",
    "reveal",
    "scoreboard",
    "solution",
]
