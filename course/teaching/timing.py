"""How long a chapter takes in a room: one rule, for plans and syllabuses.

A section takes its words at the pace of speech, its cells, a minute for each guess, its exercises
as its key says, and what only a room needs: sketches, the why of each guess, questions to talk of.
Where the page has the room do something besides, it says how long: "Turn the knobs (3 minutes)".
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from course.authoring.masters import Course, exercises, make_notebook
from course.coach.find import chapter_of, find_exercise, load_key
from course.coach.key import Exercise
from course.teaching.board.every import of_chapter
from course.teaching.board.sketch import Sketch

# Minutes: a word said (130 a minute), a cell run, a guess made.
WORD, CELL, GUESS = 1 / 130, 0.4, 1.0
# Minutes that a room needs and a reader doesn't: a sketch, an answer's why, a question to talk of.
SKETCH, WHY, TALK = 3, 1, 3
# A break is due where all, or what is left after a break, takes longer, and not later than that.
LONG, SIT = 100, 90
# Minutes of text that are worth leaving out; with a guess in it, only much text.
LEAST, MUCH = 2, 10
_TIME = re.compile(r"\*\*Time:\*\* (\d+) minutes")
_GUESS = re.compile(r'^guess\(\s*"([\d.]+)"', re.MULTILINE)
_TASK = re.compile(r"\((\d+) minutes\)")


@dataclass
class Section:
    """A part of a chapter, and what is in it."""

    title: str
    words: int = 0
    cells: int = 0
    guesses: list[str] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    tasks: int = 0  # minutes for what the page asks for, and is no exercise
    aloud: int = 0  # minutes that a room needs and a reader doesn't

    @property
    def solving(self) -> int:
        """Minutes for its exercises."""
        return sum(exercise.minutes for exercise in self.exercises)

    @property
    def telling(self) -> float:
        """Minutes for the rest, but for what only a room needs."""
        return self.words * WORD + self.cells * CELL + len(self.guesses) * GUESS


def promised_by(chapter: str) -> int:
    """A reader's minutes, as the chapter says; 0 if it doesn't."""
    said = _TIME.search(Course().master(chapter).read_text("utf-8"))
    return int(said[1]) if said else 0


def sections_of(chapter: str, ranks: str = "##") -> list[Section]:
    """A chapter's parts, from one heading to the next.

    ranks: "##", headings of the second rank; "###?" those of the third besides
    """
    found = [Section("Opening")]
    for cell in make_notebook(Course().master(chapter), solved=False).cells:
        if cell.cell_type == "markdown":
            first, *others = re.split(rf"^{ranks} ", cell.source, flags=re.MULTILINE)
            found[-1].words += len(first.split())
            found[-1].tasks += _tasks_in(first)
            for text in others:
                title, _, rest = text.partition("\n")
                found.append(Section(title.strip(), len(rest.split()), tasks=_tasks_in(rest)))
            continue
        found[-1].cells += 1
        found[-1].guesses += _GUESS.findall(cell.source)
        found[-1].exercises += [find_exercise(id) for id, *_ in exercises(cell.source)]
    return found


def _tasks_in(text: str) -> int:
    return sum(map(int, _TASK.findall(text)))


def spoken(chapter: str) -> list[Section]:
    """The sections as a room takes them, and what there is to talk about."""
    sections = sections_of(chapter)
    for section in sections:
        drawing = SKETCH * len(drawn(chapter, section))
        section.aloud = section.tasks + drawing + WHY * len(section.guesses)
    return [*sections, Section("To talk about", aloud=TALK * len(load_key(chapter).QUIZZES))]


def drawn(chapter: str, section: Section) -> list[Sketch]:
    """The sketches of a section: those that say so, or whose first exercise stands in it."""
    ids = {exercise.id for exercise in section.exercises}
    number = section.title.partition(" ")[0]
    return [
        sketch
        for sketch in of_chapter(chapter)
        if (sketch.section == number)
        or (
            not sketch.section
            and next(i for i in sketch.dissolves if chapter_of(i) == chapter) in ids
        )
    ]


def minutes_of(sections: list[Section], at_home: Collection[str] = ()) -> list[tuple[int, int]]:
    """When each section begins and ends, in whole minutes.

    at_home: exercises that are not done in class
    """
    times, past = [], 0.0
    for section in sections:
        begin = past
        past += section.telling + section.aloud
        past += sum(each.minutes for each in section.exercises if each.id not in at_home)
        times.append((round(begin), round(past)))
    return times


def in_class(chapter: str, at_home: Collection[str] = ()) -> int:
    """Minutes of a chapter in a room.

    at_home: exercises that are not done in class
    """
    return minutes_of(spoken(chapter), at_home)[-1][1]


def pauses_after(times: list[tuple[int, int]]) -> list[int]:
    """Behind which sections breaks are due: near the half of what is left, while that is long."""
    found: list[int] = []
    past, whole = 0, times[-1][1]
    while whole - past > LONG:
        half = (past + whole) / 2
        ends = [
            (abs(end - half), n) for n, (_, end) in enumerate(times) if past < end <= past + SIT
        ]
        if not ends:
            break
        found.append(min(ends)[1])
        past = times[found[-1]][1]
    return found


def text_to_leave_out(chapter: str) -> list[tuple[str, int]]:
    """Parts in which nothing is solved, and nothing is guessed or much is told: title, minutes."""
    found = []
    whole = {each.title: each for each in sections_of(chapter)}
    for part in sections_of(chapter, "###?"):
        section = whole.get(part.title, part)
        if section.exercises or section.guesses != part.guesses or drawn(chapter, section):
            continue
        minutes = round(part.telling + part.tasks + WHY * len(part.guesses))
        is_text = not part.exercises and part.title not in ("Opening", "Key ideas")
        if is_text and minutes >= (MUCH if part.guesses else LEAST) and len(part.guesses) < 2:
            found.append((part.title, minutes))
    return found
