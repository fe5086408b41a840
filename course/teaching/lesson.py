"""A chapter by the minute, from its master and its key; `timing` says how minutes are reckoned."""

import re

from course.authoring.masters import ROOT, Course
from course.coach.consequence import cost_of
from course.coach.find import chapter_of
from course.coach.key import Exercise
from course.teaching import script, told
from course.teaching.board.every import link_to
from course.teaching.ideas import UNITS, losses
from course.teaching.stubs import title_of, without_pages
from course.teaching.syllabus import TERM, can_of, needs_of, worth
from course.teaching.timing import (
    CELL,
    GUESS,
    SKETCH,
    TALK,
    WHY,
    Section,
    drawn,
    minutes_of,
    pauses_after,
    promised_by,
    spoken,
    text_to_leave_out,
)

LESS = 20  # minutes


def plan(chapter: str) -> str:
    """The plan of one chapter, as Markdown. Raises MasterError if it has no master."""
    told_aloud = spoken(chapter)
    sections = told_aloud[:-1]
    given = {
        "all in class": minutes_of(told_aloud),
        "as in a term": minutes_of(told_aloud, _at_home(chapter)),
        "all at home": minutes_of(told_aloud, [e.id for s in sections for e in s.exercises]),
    }
    pauses = pauses_after(given["all in class"])
    if not _at_home(chapter):
        del given["as in a term"]
    heads = [*given, "section", "guess", "exercise", "on the board", "what costs most"]
    rows = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for n, (*times, section) in enumerate(zip(*given.values(), told_aloud, strict=True)):
        cells = [
            *(f"{begin}-{end}" for begin, end in times),
            named(section.title).replace("|", "/") + "; then a **break**" * (n in pauses),
            ", ".join(section.guesses),
            ", ".join(f"exercise {e.id} ({e.minutes} min)" for e in section.exercises),
            ", ".join(map(link_to, drawn(chapter, section))),
            "; ".join(filter(None, map(_dearest, section.exercises))),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    solving = sum(section.solving for section in sections)
    whole = ", ".join(f"{times[-1][1]} {name}" for name, times in given.items())
    said = [
        *script.sections(
            chapter, {s.title: drawn(chapter, s) for s in sections}, seconds_of(chapter)
        ),
        *told.key_ideas(chapter),
        *told.quizzes(chapter),
    ]
    parts = [
        f"# By the minute: {title_of(chapter)}",
        *_opening(chapter),
        f"In a room, exercises **{whole}**, in minutes; breaks come on top. *As in a term*: what "
        "is handed in there is done at home, all else in class. Words are said at 130 a minute, a "
        f"guess takes {GUESS:.0f} and its *why* {WHY}, a cell {CELL}, a sketch {SKETCH}, a "
        f"question to talk about {TALK}; of the exercises, {solving} in all, each has its own "
        "minutes, and so has what the page asks for besides. (A reader alone needs "
        f"{promised_by(chapter) or 'fewer'}.) A start for a plan of your own.",
        "\n".join(rows),
        "Before each guess stop, and let everybody write a number down. Whoever is behind goes "
        "on: an open exercise blocks nothing.",
        *_less(chapter, sections),
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


def _less(chapter: str, sections: list[Section]) -> list[str]:
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
    text = "; ".join(
        f"{named(title)} ({minutes} min)" for title, minutes in text_to_leave_out(chapter)
    )
    text = f"Of the text may go, where nothing is solved: {text}." if text else ""
    if not left_out:
        return ["## If time is short", text] if text else []
    ids = sorted(f"exercise {each.id} {each.title} ({each.minutes} min)" for each in left_out)
    minutes = sum(each.minutes for each in left_out)
    return [
        "## If time is short",
        f"Leave out {'; '.join(ids)}: {minutes} minutes. The rule: what is handed in in a term "
        "stays. Of the others those go first of whose mistakes no cost was measured, then those "
        "whose dearest mistake costs a model least, until there are twenty minutes or half of "
        "the exercises. Their cells are run unsolved, and the chapter goes on with the solution.",
        *([text] if text else []),
    ]


def _dearest(exercise: Exercise) -> str:
    """The wrong idea of an exercise that costs a model most; "" where none clearly costs any."""
    lost = {
        name: gap
        for (id, name), gap in losses().items()
        if id == exercise.id and not re.search("no clear difference|no harm", cost_of(id, name))
    }
    return max(lost, key=lost.get) if lost else ""
