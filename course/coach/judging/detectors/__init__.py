"""General detectors: what is wrong with an answer that no key foresaw, in one sentence.

A detector compares what an answer gave with what was due, over all plain inputs on which it failed,
and speaks only if one relation holds on nearly all of them: "twice as large", "shifted by one".

    pairs      the arrays that are compared
    relations  between two arrays of one shape: factors, signs, constants
    functions  one is the square, the root, the logarithm of the other
    places     the same numbers at other places: transposed, shifted, reversed, in another order
    shapes     of arrays that differ in shape
    reading    what the answer's own text shows: an argument that is never read
    detect     which of them speaks
"""

from course.coach.judging.detectors.detect import Found, detected

__all__ = ["Found", "detected"]
