"""The chapters solved, their answer keys, and the coach that judges exercises in a notebook.

from solutions import exercise, hint, quiz, scoreboard, solution
"""

from solutions.coach import exercise, hint, quiz, scoreboard, solution

__all__ = ["exercise", "hint", "quiz", "scoreboard", "solution"]
