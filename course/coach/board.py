"""How far each chapter has come, as numbers: for a card and for the terminal."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from course.coach.find import PAGES, chapters, load_key
from course.coach.guesses.scores import Score, score_of
from course.coach.record import SOLVED, Record


@dataclass(frozen=True)
class ChapterRow:
    """One chapter.

    number, name: "02" and "sequences".
    exercises, quizzes, guesses: how many it has.
    solved, tried:  exercises that were solved; others that were tried.
    answered:       quizzes of which a choice was opened by name.
    score:          of the guesses whose answers were shown.
    """

    number: str
    name: str
    exercises: int
    solved: int
    tried: int
    quizzes: int
    answered: int
    guesses: int
    score: Score


def chapter_rows(record: Record) -> list[ChapterRow]:
    """A row for each chapter that has a key. What a key does not have is not counted.

    A key that can't be loaded leaves its chapter out: an author may be at work on it.
    """
    names = _names()
    rows = []
    for number in chapters():
        try:
            key = load_key(number)
        except Exception:
            continue
        stands = [record.exercises.get(entry.id) for entry in key.EXERCISES]
        made = [record.guesses[entry.id] for entry in key.GUESSES if entry.id in record.guesses]
        rows.append(
            ChapterRow(
                number=number,
                name=names.get(number, ""),
                exercises=len(stands),
                solved=stands.count(SOLVED),
                tried=len(stands) - stands.count(SOLVED) - stands.count(None),
                quizzes=len(key.QUIZZES),
                answered=sum(entry.id in record.quizzes for entry in key.QUIZZES),
                guesses=len(key.GUESSES),
                score=score_of(made),
            )
        )
    return rows


def totals(rows: Iterable[ChapterRow]) -> str:
    """All chapters in one line."""
    rows = list(rows)
    solved = sum(row.solved for row in rows)
    exercises = sum(row.exercises for row in rows)
    answered = sum(row.score.answered for row in rows)
    good = sum(row.score.good for row in rows)
    told = f"{solved} of {exercises} exercises solved by you"
    return f"{told}; {good} of {answered} guesses right or close" if answered else told


def row_texts(row: ChapterRow) -> tuple[str, str, str, str]:
    """Chapter, exercises, guesses and quizzes of a row, in words."""
    tried = f", {row.tried} more tried" if row.tried else ""
    exercises = f"{row.solved} of {row.exercises} solved{tried}" if row.exercises else "none"
    score = row.score
    guesses = f"{score.good} of {score.answered} close" if score.answered else "none yet"
    quizzes = f"{row.answered} of {row.quizzes}" if row.quizzes else "none"
    return (
        f"{row.number} {row.name}".strip(),
        exercises,
        guesses if row.guesses else "none",
        quizzes,
    )


def board_text(rows: Iterable[ChapterRow]) -> str:
    """The table as plain text."""
    rows = list(rows)
    table = [("Chapter", "Exercises", "Guesses", "Quizzes answered"), *map(row_texts, rows)]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    lines = [
        "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return "\n".join([totals(rows), "", *lines])


def _names() -> dict[str, str]:
    """Chapter names by number, from the files of the course; none where it has none."""
    folder = Path(str(files("course"))).parent / "chapters"
    names = {path.name[:2]: path.stem[3:] for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    names |= {number: page for page, number in PAGES.items() if number}
    return {number: name.replace("_", " ") for number, name in names.items()}
