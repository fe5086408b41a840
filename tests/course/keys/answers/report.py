"""How good is the coach? Its verdicts on the bank of answers, chapter by chapter.

    python -m tests.course.keys.answers.report
    python -m tests.course.keys.answers.report 02 07 --list

Four rates: right answers that it accepts; wrong ones that it rejects; wrong ones whose mistake it
names; and wrong ones to whom it names another. Once for the half of the bank that rules may be
designed with, once for the half that is kept aside.
"""

import argparse
import importlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from course.coach.find import find_exercise
from course.coach.judging.judge import judge
from course.coach.verdict import State
from tests.course.keys.answers import bank

CHAPTERS = sorted(path.stem[2:] for path in Path(__file__).parent.glob("ch[0-9]*.py"))


class Judged(NamedTuple):
    """An answer of the bank, and what the coach said to it."""

    answer: bank.Answer
    state: State
    says: str
    cause: str

    @property
    def fate(self) -> str:
        """ "accepted", "named", "misled" or "shown": the last is a failing probe and no cause."""
        if self.state is State.RIGHT:
            return "accepted"
        if self.answer.is_right:
            return "refused"
        if self.answer.is_named_in(self.says):
            return "named"
        return "misled" if self.cause else "shown"


def answers_of(chapter: str) -> list[bank.Answer]:
    """The bank's answers to a chapter's exercises, in the order of the file. chapter: "02"."""
    importlib.import_module(f"tests.course.keys.answers.ch{chapter}")
    return [answer for answer in bank.ANSWERS if answer.id.split(".")[0] == str(int(chapter))]


def judged(answer: bank.Answer) -> Judged:
    """What the coach says to an answer."""
    verdict = judge(find_exercise(answer.id), answer.written)
    return Judged(answer, verdict.state, " ".join(verdict.says), verdict.cause)


def rates(found: Iterable[Judged]) -> dict[str, str]:
    """The four rates as text, "98.2 % of 55"."""
    right = [one for one in found if one.answer.is_right]
    wrong = [one for one in found if not one.answer.is_right]
    fates = Counter(one.fate for one in wrong)
    accepted = sum(one.fate == "accepted" for one in right)
    return {
        "right accepted": _share(accepted, len(right)),
        "wrong rejected": _share(len(wrong) - fates["accepted"], len(wrong)),
        "named": _share(fates["named"], len(wrong)),
        "misled": _share(fates["misled"], len(wrong)),
    }


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} % of {whole}" if whole else "-"


def main(arguments: list[str] | None = None) -> None:
    """Judge the bank and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.course.keys.answers.report",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("chapters", nargs="*", help="such as 02; all without")
    parser.add_argument(
        "--list",
        action="store_true",
        help="each answer that is not accepted or named as it should be; of the half that is kept "
        "aside only the count",
    )
    options = parser.parse_args(arguments)
    found = []
    for chapter in options.chapters or CHAPTERS:
        if chapter not in CHAPTERS:
            parser.error(f"chapter must be one of {', '.join(CHAPTERS)}, got {chapter!r}")
        here = [judged(answer) for answer in answers_of(chapter)]
        found += here
        print(f"{chapter}  ", _line(here), flush=True)
        if options.list:
            _list(here)
    for name, aside in (("designed with", False), ("kept aside", True)):
        half = [one for one in found if one.answer.is_kept_aside == aside]
        print(f"{name:14s}", _line(half))


def _line(found: list[Judged]) -> str:
    return "  ".join(f"{name} {rate}" for name, rate in rates(found).items())


def _list(found: list[Judged]) -> None:
    for one in found:
        as_it_should = one.fate == ("accepted" if one.answer.is_right else "named")
        if not as_it_should and not one.answer.is_kept_aside:
            print(f"    {one.fate:8s} {one.answer.id} {one.answer.about}: {one.says[:300]}")


if __name__ == "__main__":
    main()
