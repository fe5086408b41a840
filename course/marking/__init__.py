"""Marks: what the answer to an exercise is worth, also on inputs that its author has not seen.

    points("2.3", most=5, seed=4711)

is the last line of a marking cell, and says so to whoever runs the teacher's version by hand.
Under `nbgrader autograde` that line does not run: `course.authoring.marking_steps` reads it and
marks before the notebook is executed, outside its kernel.

marks       the mark of one answer
answers     an answer as source
needs       the statements that it needs
borrowing   does it name the library's own solution?
peeking     does it name what looks at the code that runs it?
inputs      shown and hidden inputs, and how they travel
asking      all inputs, put to an answer
rooms       the marking's side of an answer's process
zygote      the process that the others are copied from
candidate   the process in which an answer runs
fence       what it can't reach
kernel      what the system itself keeps it from
replies     what it told, as an outcome
values      values as bytes and back
trees       a value as JSON and raw bytes
"""

from course.marking.notebook import points

__all__ = ["points"]
