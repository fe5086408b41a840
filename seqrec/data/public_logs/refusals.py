"""What is wrong with a public log: where, what is due there, what was found, and the cure."""

from seqrec.checks import cut, shown

MEND = "mend that line as the source has it, or take it out"


class BadLog(ValueError):
    """A log that can't be read. The text has no name of the file yet: the door puts it in front."""


def bad_line(number: int, problem: str, cure: str = MEND) -> BadLog:
    """The error of a line.

    number:  of the line in the unpacked file, from 1.
    problem: what is wrong, as the end of a sentence that begins with the place.
    """
    return BadLog(f"line {number:,}: {cut(problem, 300)}. Cure: {cure}.")


def bad_cell(number: int, field: str, due: str, text: str | bytes) -> BadLog:
    """The error of a field of a line: `field` must be `due`, got `text`."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return bad_line(number, f"{cut(field, 40)} must be {due}, got {shown(text)}")


def decoded(line: bytes, number: int) -> str:
    """The text of a line. Raises BadLog for one that is no UTF-8."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = f"must be UTF-8, got the byte {line[error.start]:#04x}"
        raise bad_line(number, problem) from error
