"""Syllabuses: a term, half a term, a workshop of two days; each is one page to print.

What stands in them is the course's own: minutes are those of the plans, points are those
of `make classroom`, and what a student can do afterwards is what each chapter's opening says.
"""

import re
from dataclasses import dataclass

from course.authoring.masters import Course, make_notebook
from course.coach.find import chapter_of, find_exercise, load_key
from course.teaching.stubs import title_of, without_pages
from course.teaching.timing import in_class

PROJECT, QUESTIONS = 30, 20  # points of the project; questions of an exam
_MAKE = "make classroom"
STYLE = """
body{max-width:none}
table{width:100%;font-size:.9em}
td:nth-child(n+4):nth-child(-n+5){white-space:nowrap}
@media print{@page{size:A4 landscape;margin:9mm}body{font-size:8.5pt;line-height:1.25}
h1{font-size:13pt;margin:0 0 4pt}p{margin:3pt 0}table{margin:4pt 0}td,th{padding:1pt 5pt}
section{display:none}}
"""
_CAN = re.compile(r"\*\*After this chapter you can\*\* (.+?)\n\n", re.DOTALL)
_NEED = re.compile(r"\*\*You need\*\* (.+?)\*\*Time:\*\*", re.DOTALL)


@dataclass(frozen=True)
class Week:
    """A row: when, which chapters, and which exercises are handed in."""

    when: str
    chapters: tuple[str, ...]
    hand_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timetable:
    """A whole course.

    name:  of its file
    title: of its page
    about: for whom it is, in a sentence
    weeks: its rows
    """

    name: str
    title: str
    about: str
    weeks: tuple[Week, ...]


def _weeks(*rows: str) -> tuple[Week, ...]:
    """From "1: 00 01: 1.2 1.5", a row each: when, chapters, exercises."""
    parts = ([part.split() for part in row.split(":")] for row in rows)
    return tuple(Week(" ".join(when), tuple(chs), tuple(ids)) for when, chs, ids in parts)


TERM = Timetable(
    "term",
    "A term: fourteen weeks",
    "One chapter a week. Reading and live cells in class, the exercises that are named at home.",
    _weeks(
        "1: 00 01: 1.2 1.5",
        "2: 02: 2.3 2.4",
        "3: 03: 3.1 3.4",
        "4: 04: 4.2 4.4",
        "5: 05: 5.1 5.4",
        "6: 06: 6.1 6.2 6.6",
        "7: 07: 7.1 7.6",
        "8: 08: 8.1 8.3",
        "9: 09: 9.1 9.5",
        "10: 10: 10.4 10.5",
        "11: 11: 11.1 11.5",
        "12: 12: 12.2 12.4",
        "13: 13: 13.3 13.4",
        "14: 15: 15.4 15.6",
    ),
)
HALF_TERM = Timetable(
    "half-term",
    "Half a term: seven weeks",
    "Two meetings a week, a chapter each; in the first week 00 and 01 share one. One or two "
    "exercises of each chapter at home.",
    _weeks(
        "1: 00 01 02: 1.5 2.3",
        "2: 03 04: 3.1 4.4",
        "3: 05 06: 5.4 6.2 6.6",
        "4: 07 08: 7.6 8.1 8.3",
        "5: 09 10: 9.1 10.4",
        "6: 11 12: 11.1 12.2",
        "7: 13 15: 13.3 15.4",
    ),
)
WORKSHOP = Timetable(
    "workshop",
    "A workshop: two days",
    "For people who know PyTorch. All in the room; nothing is handed in.",
    _weeks(
        "first morning: 00 01 02:",
        "first afternoon: 03 04 05:",
        "second morning: 06:",
        "second afternoon: 08:",
    ),
)
TIMETABLES = (TERM, HALF_TERM, WORKSHOP)


def syllabus(table: Timetable) -> str:
    """The page of a timetable, as Markdown."""
    rows = ["| when | chapters | needs | in class | at home | points | afterwards a student can |"]
    rows.append("|" + "---|" * 7)
    rows += [_row(week) for week in table.weeks]
    ids = [id for week in table.weeks for id in week.hand_in]
    home = worth(ids)
    hours = round(sum(map(class_minutes, table.weeks)) / 60)
    kept = f", and {round(home / 60)} at home" if ids else ""
    parts = [
        f"# {table.title}",
        f"{table.about} {hours} hours in class{kept}. *In class*: as in the plans"
        f" by the minute{', without what is handed in' if ids else ''}; breaks come on top.",
        f"**Before it begins:** {needs_of('00')[0]}",
        "\n".join(rows),
        _marks(ids),
    ]
    if lacking := lacking_in(table):
        told = "; ".join(f"{', '.join(needed)} for {ch}" for ch, needed in lacking.items())
        parts.append(f"**Needed, and not in it:** {told}. Say in ten minutes what is built there.")
    if ids:
        parts += ["## For the teacher", f"```\n{_command(table)}\n```"]
    return "\n\n".join(parts) + "\n"


def class_minutes(week: Week) -> int:
    """Minutes in class, as the plans of its chapters say."""
    return sum(in_class(chapter, week.hand_in) for chapter in week.chapters)


def _row(week: Week) -> str:
    needed = {each for chapter in week.chapters for each in needs_of(chapter)[1]}
    before = runs(sorted(needed - set(week.chapters)))
    titles = "; ".join(title_of(chapter).replace(" · ", " ") for chapter in week.chapters)
    home = worth(week.hand_in)
    inside = class_minutes(week)
    every = sum(len(load_key(chapter).EXERCISES) for chapter in week.chapters)
    named = f"{', '.join(week.hand_in)} ({len(week.hand_in)} of {every})" if home else ""
    can = " ".join(_sentence(can_of(chapter)) for chapter in week.chapters)
    return f"| {week.when} | {titles} | {before} | {inside} min | {named} | {home or ''} | {can} |"


def runs(numbers: list[str]) -> str:
    """Chapters in order, those that follow one another as from and to: "02-06, 08"."""
    groups: list[list[str]] = []
    for number in numbers:
        if groups and int(number) == int(groups[-1][-1]) + 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    ends = ([group[0], group[-1]] if len(group) > 1 else group for group in groups)
    return ", ".join("-".join(each) for each in ends)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _marks(ids: list[str]) -> str:
    """What is marked, and with how many points."""
    if not ids:
        return "**Marks:** none. Whoever wants some has a project, or an exam."
    return (
        f"**Marks:** {worth(ids)} points for {len(ids)} exercises (an exercise has as many "
        f"points as it takes minutes at home), {PROJECT} for a project, {QUESTIONS} for an exam "
        f"of {QUESTIONS} questions. A start: half of the mark for the exercises, a quarter for "
        "each of the others."
    )


def worth(ids: list[str] | tuple[str, ...]) -> int:
    """Points, or minutes, of some exercises."""
    return sum(find_exercise(id).minutes for id in ids)


def _command(table: Timetable) -> str:
    """What makes the assignments of a whole timetable."""
    chosen: dict[str, list[str]] = {}
    for week in table.weeks:
        for id in week.hand_in:
            chosen.setdefault(chapter_of(id), []).append(id)
    words = " ".join(f"{chapter}:{','.join(ids)}" for chapter, ids in chosen.items())
    return f'{_MAKE} CHAPTER="{words}"'


def lacking_in(table: Timetable) -> dict[str, list[str]]:
    """By chapter, what it needs and who follows the timetable has not read."""
    lacking, read = {}, []
    for week in table.weeks:
        for chapter in week.chapters:
            missing = [needed for needed in needs_of(chapter)[1] if needed not in read]
            if missing:
                lacking[chapter] = missing
            read.append(chapter)
    return lacking


def can_of(chapter: str) -> str:
    """What a chapter's opening promises; "" of a page that promises nothing."""
    found = _CAN.search(_opening(chapter))
    return without_pages(" ".join(found[1].split())) if found else ""


def needs_of(chapter: str) -> tuple[str, list[str]]:
    """What a chapter needs, in its own words, and which chapters these are."""
    said = " ".join(_NEED.search(_opening(chapter))[1].split())
    # What only helps, or is the reader's to look up, is not needed.
    told = re.split(r"; (?=\d\d and \d\d help)|\(Words|Words of|A word", said)[0].strip()
    told = re.sub(r" \(words: .*?\)\)", "", told).rstrip(".") + "."
    found: list[str] = []
    if "from chapter" not in told:
        for first, last in re.findall(r"\b(\d\d)(?: to (\d\d))?\b", told):
            found += [f"{n:02d}" for n in range(int(first), int(last or first) + 1)]
    return told, found


def _opening(chapter: str) -> str:
    return make_notebook(Course().master(chapter), solved=False).cells[0].source + "\n\n"
