"""A chapter by the minute, from its master and its key.

Exercises take the minutes that the key says. What is left of the chapter's own minutes is dealt to
its sections by what there is to do in them: words to read, cells to run, guesses to make.
"""

import re
from dataclasses import dataclass, field

import nbformat

from course.authoring.masters import Course, exercises, make_notebook
from course.coach.cards.markup import to_text
from course.coach.find import find_exercise, load_key
from course.coach.key import Exercise
from course.teaching.ideas import losses
from course.teaching.stubs import title_of

# Minutes before they are fitted to the chapter's: a word read, a cell run, a guess made.
WORD, CELL, GUESS = 1 / 180, 0.4, 1.0
LESS = 20  # minutes
_TIME = re.compile(r"\*\*Time:\*\* (\d+) minutes")
_REVEAL = re.compile(r'^reveal\("([\d.]+)"', re.MULTILINE)
_GUESS = re.compile(r'^guess\("([\d.]+)"', re.MULTILINE)


@dataclass
class Section:
    """One section of a chapter, and what is in it."""

    title: str
    words: int = 0
    cells: int = 0
    guesses: list[str] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)

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
    rows = ["| from | to | section | guess | exercise | the wrong idea that costs most |"]
    rows.append("|---|---|---|---|---|---|")
    for (begin, end), section in zip(minutes_of(total, sections), sections, strict=True):
        solved = ", ".join(f"{e.id} ({e.minutes} min)" for e in section.exercises)
        dear = "; ".join(filter(None, map(_dearest, section.exercises)))
        guesses = ", ".join(section.guesses)
        title = section.title.replace("|", "/")
        rows.append(f"| {begin} | {end} | {title} | {guesses} | {solved} | {dear} |")
    solving = sum(section.solving for section in sections)
    parts = [
        f"# By the minute: {title_of(chapter)}",
        f"{total} minutes, as the chapter says, of which {solving} are for exercises. The rest is "
        "dealt out by words, cells and guesses: a start for a plan of your own. Reckon a fifth "
        "more for a room with questions.",
        "\n".join(rows),
        "Before each guess stop, and let everybody write a number down. Whoever is behind goes on: "
        "an open exercise blocks nothing.",
        *_less(sections),
        *_answers(chapter),
        *_to_talk_about(chapter),
    ]
    return "\n\n".join(parts) + "\n"


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
    for exercise in sorted(solved, key=lambda each: (lost[each.id], -order[each.id])):
        if sum(each.minutes for each in left_out) < LESS and len(left_out) < len(solved) // 2:
            left_out.append(exercise)
    if not left_out:
        return []
    told = sorted(f"{each.id} {each.title} ({each.minutes} min)" for each in left_out)
    minutes = sum(each.minutes for each in left_out)
    return [
        "## If time is short",
        f"Leave out {'; '.join(told)}: {minutes} minutes. Mistakes in these cost a model least, or "
        "were not measured. Their cells are run unsolved, and the chapter goes on with the "
        "solution.",
    ]


def _answers(chapter: str) -> list[str]:
    """What each guess turns out to be, from the solved notebook."""
    course = Course()
    notebook = nbformat.read(course.notebook(course.master(chapter), solved=True), as_version=4)
    rows = []
    for cell in notebook.cells:
        ids = _REVEAL.findall(cell.source) if cell.cell_type == "code" else []
        shown = (output.get("data", {}) for output in cell.get("outputs", []))
        said = [data["text/plain"] for data in shown if "coach" in data.get("text/html", "")]
        # As many cards as there are guesses: then they stand in their order.
        if ids and len(said) == len(ids):
            rows += [
                f"- **{id}** {' '.join(text.split())}" for id, text in zip(ids, said, strict=True)
            ]
    return ["## The guesses, answered", "\n".join(rows)] if rows else []


def _to_talk_about(chapter: str) -> list[str]:
    """The questions of the quizzes, before anybody sees the choices."""
    asked = [f"- {' '.join(to_text(quiz.question).split())}" for quiz in load_key(chapter).QUIZZES]
    return ["## To talk about, before the choices are seen", "\n".join(asked)] if asked else []


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


def minutes_of(total: int, sections: list[Section]) -> list[tuple[int, int]]:
    """When each section begins and ends, in whole minutes; the last one ends with the chapter."""
    solving = sum(section.solving for section in sections)
    weight = sum(section.weight for section in sections) or 1.0
    pace = max(0, total - solving) / weight
    # Where exercises alone would take longer than the chapter says, they are hurried too.
    hurry = min(1.0, total / solving) if solving else 1.0
    times, past = [], 0.0
    for section in sections:
        begin = past
        past += section.weight * pace + section.solving * hurry
        times.append((round(begin), round(past)))
    return times


def _dearest(exercise: Exercise) -> str:
    """The wrong idea of an exercise that costs a model most; "" where none was measured."""
    lost = {name: gap for (id, name), gap in losses().items() if id == exercise.id}
    return max(lost, key=lost.get) if lost else ""
