"""A project at the end of the course: what is asked, how it is marked, and three worked examples.

brief.md    what learners are given
rubric.md   how it is marked: half by a command, half by reading
judge       the command: `python -m course.teaching.capstone.judge FOLDER`
examples    three projects, worked out: `python -m course.teaching.capstone.examples OUT`
ladder      the rungs of an example, with three seeds and two budgets
questions   what a project's models are asked: of a shop, with its oracle, or of a log
book_shop.toml   the shop of the first example
"""
