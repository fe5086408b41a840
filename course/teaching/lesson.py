"""A chapter by the minute, from its master and its key.

Exercises take the minutes that the key says. Each section has two minutes, and what is left of the
chapter's own is dealt out by what there is to do: words to read, cells to run, guesses to make. A
room takes longer than a reader: it draws, asks why, and talks, and these minutes are added.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from course.authoring.masters import ROOT, Course, exercises, make_notebook
from course.coach.consequence import cost_of
from course.coach.find import chapter_of, find_exercise, load_key
from course.coach.key import Exercise
from course.teaching import script, told
from course.teaching.board.every import link_to, of_chapter
from course.teaching.board.sketch import Sketch
from course.teaching.ideas import UNITS, losses
from course.teaching.stubs import title_of, without_pages
from course.teaching.syllabus import TERM, can_of, needs_of, worth

# Minutes before they are fitted to the chapter's: a word read, a cell run, a guess made.
WORD, CELL, GUESS = 1 / 180, 0.4, 1.0
LEAST = 2  # minutes of a section, where there is time
LESS = 20  # minutes
# Minutes that a room needs and a reader doesn't: a sketch, an answer's why, a question to talk of.
SKETCH, WHY, TALK = 3, 1, 3
_TIME = re.compile(r"\*\*Time:\*\* (\d+) minutes")
_GUESS = re.compile(r'^guess\(\s*"([\d.]+)"', re.MULTILINE)


@dataclass
class Section:
    """One section of a chapter, and what is in it."""

    title: str
    words: int = 0
    cells: int = 0
    guesses: list[str] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    aloud: int = 0  # minutes that a room needs and a reader doesn't

    @property
    def solving(self) -> int:
        """Minutes for its exercises."""
        return sum(exercise.minutes for exercise in self.exercises)

    @property
    def weight(self) -> float:
        """Minutes for the rest, at an even pace."""
        return self.words * WORD + self.cells * CELL + len(self.guesses) * GUESS


def plan(chapter: str) -> str:
    """The plan of one chapter, as Markdown. Raises MasterError if it has no master."""
    total, sections = sections_of(chapter)
    for section in sections:
        section.aloud = SKETCH * len(_drawn(chapter, section)) + WHY * len(section.guesses)
    talk = Section("To talk about", aloud=TALK * len(load_key(chapter).QUIZZES))
    spoken = [*sections, talk]
    given = {
        "all in class": minutes_of(total, spoken),
        "as in a term": minutes_of(total, spoken, _at_home(chapter)),
        "all at home": minutes_of(total, spoken, [e.id for s in sections for e in s.exercises]),
    }
    if not _at_home(chapter):
        del given["as in a term"]
    heads = [*given, "section", "guess", "exercise", "on the board", "what costs most"]
    rows = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for *times, section in zip(*given.values(), spoken, strict=True):
        cells = [
            *(f"{begin}-{end}" for begin, end in times),
            named(section.title).replace("|", "/"),
            ", ".join(section.guesses),
            ", ".join(f"exercise {e.id} ({e.minutes} min)" for e in section.exercises),
            ", ".join(map(link_to, _drawn(chapter, section))),
            "; ".join(filter(None, map(_dearest, section.exercises))),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    solving = sum(section.solving for section in sections)
    aloud = sum(section.aloud for section in spoken)
    whole = ", ".join(f"{times[-1][1]} {name}" for name, times in given.items())
    said = [
        *script.sections(
            chapter, {s.title: _drawn(chapter, s) for s in sections}, seconds_of(chapter)
        ),
        *told.key_ideas(chapter),
        *told.quizzes(chapter),
    ]
    parts = [
        f"# By the minute: {title_of(chapter)}",
        *_opening(chapter),
        f"{total} minutes for a reader, as the chapter says, of which {solving} are for exercises. "
        f"In a room {aloud} more: {SKETCH} for each sketch, {WHY} for the *why* of each guess, "
        f"{TALK} for each question to talk about. In minutes that is, exercises **{whole}**. "
        "*As in a term*: what is handed in there is done at home, all else in class. What is not "
        "told apart is dealt out by words, cells and guesses: a start for a plan of your own.",
        "\n".join(rows),
        "Before each guess stop, and let everybody write a number down. Whoever is behind goes "
        "on: an open exercise blocks nothing.",
        *_less(sections),
        *said,
        *told.words("\n".join(said)),
    ]
    return without_pages("\n\n".join(parts)) + "\n"


def seconds_of(chapter: str) -> int:
    """How long all cells of a chapter take, as the teacher's guide says; 0 if it doesn't."""
    name = Course().master(chapter).stem
    costs = (ROOT / "TEACHING.md").read_text("utf-8")
    row = re.search(rf"^\| (?:{chapter}|{name}) \| \d+ \| (\d+) \|", costs, re.MULTILINE)
    return int(row[1]) if row else 0


def named(title: str) -> str:
    """A section's title, so that its number is not taken for that of a guess: "§6.7 ..."."""
    return f"§{title}" if title[:1].isdigit() else title


def _opening(chapter: str) -> list[str]:
    """What it is for, what it needs, where it is, and what is handed in in a term."""
    master = Course().master(chapter).stem
    at_home = _at_home(chapter)
    can = can_of(chapter)
    parts = [f"**Afterwards a student can** {can}"] if can else []
    parts += [
        f"**Needed:** {needs_of(chapter)[0]}",
        *([UNITS] if chapter > "00" else []),
        f"**Open** `{master}.ipynb` in what `make lab` opens, and run it once from top to bottom. "
        "The words that it uses are at the end of this page.",
    ]
    if at_home:
        ids = ", ".join(f"exercise {id}" for id in at_home)
        parts.append(f"**At home, in a term:** {ids} ({worth(at_home)} points).")
    return parts


def _at_home(chapter: str) -> list[str]:
    """The exercises that are handed in in a term."""
    return [id for week in TERM.weeks for id in week.hand_in if _is_of(chapter, id)]


def _is_of(chapter: str, id: str) -> bool:
    return chapter_of(id) == chapter


def _drawn(chapter: str, section: Section) -> list[Sketch]:
    """The sketches of a section: those that say so, or whose first exercise stands in it."""
    ids = {exercise.id for exercise in section.exercises}
    number = section.title.partition(" ")[0]
    return [
        sketch
        for sketch in of_chapter(chapter)
        if (sketch.section == number)
        or (not sketch.section and next(i for i in sketch.dissolves if _is_of(chapter, i)) in ids)
    ]


def _less(sections: list[Section]) -> list[str]:
    """Which exercises to leave out for some twenty minutes less: half of them at most."""
    solved = [exercise for section in sections for exercise in section.exercises]
    lost = {exercise.id: 0.0 for exercise in solved}
    for (id, _), gap in losses().items():
        if id in lost:
            lost[id] = max(lost[id], gap)
    left_out: list[Exercise] = []
    # What no measured mistake hangs on goes first, and of that what comes last.
    order = {exercise.id: place for place, exercise in enumerate(solved)}
    marked = {id for week in TERM.weeks for id in week.hand_in}
    free = [exercise for exercise in solved if exercise.id not in marked]
    for exercise in sorted(free, key=lambda each: (lost[each.id], -order[each.id])):
        if sum(each.minutes for each in left_out) < LESS and len(left_out) < len(solved) // 2:
            left_out.append(exercise)
    if not left_out:
        return []
    ids = sorted(f"exercise {each.id} {each.title} ({each.minutes} min)" for each in left_out)
    minutes = sum(each.minutes for each in left_out)
    return [
        "## If time is short",
        f"Leave out {'; '.join(ids)}: {minutes} minutes. The rule: what is handed in in a term "
        "stays. Of the others those go first of whose mistakes no cost was measured, then those "
        "whose dearest mistake costs a model least, until there are twenty minutes or half of "
        "the exercises. Their cells are run unsolved, and the chapter goes on with the solution.",
    ]


def sections_of(chapter: str) -> tuple[int, list[Section]]:
    """The chapter's minutes, and its sections from one heading of the second rank to the next."""
    cells = make_notebook(Course().master(chapter), solved=False).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    found = [Section("Opening")]
    for cell in cells:
        if cell.cell_type == "markdown":
            first, *others = re.split(r"^## ", cell.source, flags=re.MULTILINE)
            found[-1].words += len(first.split())
            for text in others:
                title, _, rest = text.partition("\n")
                found.append(Section(title.strip(), words=len(rest.split())))
            continue
        found[-1].cells += 1
        found[-1].guesses += _GUESS.findall(cell.source)
        found[-1].exercises += [find_exercise(id) for id, *_ in exercises(cell.source)]
    said = _TIME.search(prose)
    solving = sum(section.solving for section in found)
    return (int(said[1]) if said else round(solving + sum(s.weight for s in found))), found


def minutes_of(
    total: int, sections: list[Section], at_home: Collection[str] = ()
) -> list[tuple[int, int]]:
    """When each section begins and ends, in whole minutes.

    The last one ends with the chapter's minutes, a reader's, and those that a room needs besides.

    at_home: exercises that are not done in class
    """
    solving = sum(section.solving for section in sections)
    weight = sum(section.weight for section in sections) or 1.0
    left = max(0, total - solving)
    read = [section for section in sections if section.weight or section.exercises] or sections
    least = min(LEAST, left / len(read))
    pace = (left - least * len(read)) / weight
    # Where exercises alone would take longer than the chapter says, they are hurried too.
    hurry = min(1.0, total / solving) if solving else 1.0
    times, past = [], 0.0
    for section in sections:
        begin = past
        past += least * any(section is each for each in read) + section.weight * pace
        here = sum(each.minutes for each in section.exercises if each.id not in at_home)
        past += section.aloud + here * hurry
        times.append((round(begin), round(past)))
    return times


def _dearest(exercise: Exercise) -> str:
    """The wrong idea of an exercise that costs a model most; "" where none clearly costs any."""
    lost = {
        name: gap
        for (id, name), gap in losses().items()
        if id == exercise.id and not re.search("no clear difference|no harm", cost_of(id, name))
    }
    return max(lost, key=lost.get) if lost else ""
