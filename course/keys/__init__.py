"""The answer keys: exercise "7.1" is in `ch07.py`.

Data only; `course.coach.find` finds one by its number.
"""
