"""Sketches of chapters 00 and 01: the scale of scores, a bandit, a log."""

import numpy as np

from course.teaching.board.anna import log, names, printed
from course.teaching.board.shapes import Cross, Grid, Line, Ring, Span, Words
from course.teaching.board.sketch import Sketch, Step, right, wrong

LONG = 12  # boxes of a scale


def scale() -> Sketch:
    """00: a share has two ends."""
    score = printed("00", r"^(\w[\w ]*?)\s+NDCG@10 = (\d\.\d+)$")
    low, model, high = score["popularity"], score["last click"], score["oracle"]
    share = right("0.1")(model, low, high)
    whole = wrong("0.1", "divides by the oracle")
    base = Line((0, 0), (LONG, 0))
    ticks = [Line((x * LONG, -0.2), (x * LONG, 0.2)) for x in (0, low, model, high, 1)]
    texts = [Words("0", (0, 0.6)), Words("1", (LONG, 0.6))]
    texts += [Words(f"{x:.2f}", (x * LONG, 0.6)) for x in (low, high)]
    texts += [Words("popularity", (low * LONG - 0.5, -0.6)), Words("oracle", (high * LONG, -0.6))]
    formula = Words(f"model / oracle = {100 * whole(model, low, high):.0f} % ?", (LONG / 2, -2.4))
    said = Words("last click", (model * LONG, -1.3))
    last = [
        Words("0 %", (low * LONG, 1.6)),
        Words(f"{100 * share:.0f} %", (model * LONG, 1.6)),
        Words("100 %", (high * LONG, 1.6)),
        Line((low * LONG, 1.1), (high * LONG, 1.1)),
        Cross(formula.at, formula.width),
    ]
    return Sketch(
        chapter="00",
        name="scale",
        title="Where is 0, where is 1?",
        alt=f"A line from 0 to 1 with popularity at {low:.2f}, the last click at {model:.2f} "
        f"and the oracle at {high:.2f}. Below it a second scale: popularity is 0 %, the oracle "
        f"100 %, the last click {100 * share:.0f} %. The quotient of model and oracle is struck "
        "out.",
        steps=(
            Step(
                "Draw NDCG@10 as a line from 0 to 1. Mark popularity, which knows nobody, and "
                "the oracle, which nobody can beat.",
                (base, *ticks, *texts),
            ),
            Step(
                "Mark a model between them: the last click. Write the share that most people "
                "would write first.",
                (said, Line((model * LONG, -0.9), (model * LONG, -0.3)), formula),
            ),
        ),
        question="By this formula, how many per cent does *popularity* get? And what does it know?",
        last=Step(
            f"It would get {100 * whole(low, low, high):.0f} % for nothing. Strike the formula "
            "out. Draw the second scale: 0 % is popularity, 100 % the oracle.",
            tuple(last),
        ),
        dissolves={
            "0.1": (
                "divides by the oracle",
                "forgets popularity above the line",
                "forgets popularity below the line",
                "ratio to popularity",
                "lift relative to popularity",
                "relative to the model",
                "the whole way alone",
            )
        },
    )


def arms() -> Sketch:
    """01: a bandit looks at the upper end."""
    bound = right("1.1")
    told, spans = [("mat", 40, 8), ("ball", 10, 3), ("brush", 1, 0)], []

    def span(shown: int, clicked: int, y: float) -> Span:
        A, b, x = np.array([[1.0 + shown]]), np.array([float(clicked)]), np.ones(1)
        middle = bound(x, A, b, 0.0)
        high = bound(x, A, b, 1.0)
        return Span(low=6 * (2 * middle - high), middle=6 * middle, high=6 * high, y=y)

    spans = [span(shown, clicked, place) for place, (_, shown, clicked) in enumerate(told)]
    left = min(each.low for each in spans) - 0.4
    texts = [
        Words(f"{name}: shown {shown}, clicked {clicked}", (left, place), "right")
        for place, (name, shown, clicked) in enumerate(told)
    ]
    best = max(spans, key=lambda each: each.high)
    name, shown, clicked = told[spans.index(best)]
    later = span(shown + 4, clicked, best.y + 1)
    return Sketch(
        chapter="01",
        name="arms",
        title="Which one is shown next?",
        alt="Three intervals below each other. The product that was shown often has a short "
        "one, the one that was shown once and never clicked has the longest, and the highest "
        "upper end. It is ringed; four showings without a click later its interval is short "
        "and low.",
        steps=(
            Step(
                "Three products. Write how often each was shown, and how often it was clicked.",
                tuple(texts),
            ),
            Step(
                "Draw a dot for the expected click, and the bonus to both sides: long where "
                "little is known.",
                tuple(spans),
            ),
        ),
        question="LinUCB shows one of them. Which? And what becomes of its line if nobody clicks?",
        last=Step(
            f"The {name}: its *upper end* is the highest, though its dot is the lowest. Four "
            "showings without a click, and the line is short and low. No bonus, and it would "
            "never have been tried.",
            (
                Ring((best.high, best.y), 0.7, 0.7),
                later,
                Words(f"{name}, {shown + 4} times", (left, later.y), "right"),
            ),
        ),
        dissolves={
            "1.1": (
                "no bonus",
                "only the bonus",
                "subtracts the bonus",
                "alpha not used",
                "A instead of its inverse",
                "no inverse anywhere",
            )
        },
    )


def visits() -> Sketch:
    """01: a session begins by silence, or by another shopper."""
    rows = log()
    user, time = rows["user_id"].to_numpy(), rows["timestamp"].to_numpy()
    begins = right("1.4")(user, time)
    change = int(np.flatnonzero(np.diff(user))[0]) + 1
    second = int(np.flatnonzero(begins)[1])
    picked = [second - 2, second - 1, second, change - 1, change]
    silence = ["", *(_duration(time[at] - time[at - 1]) for at in picked[1:3])]
    cells = [
        ["Anna" if user[at] == user[0] else "Ben", name]
        for at, name in zip(picked, names(rows["item_id"].to_numpy()[picked]), strict=True)
    ]
    table = Grid(cells=cells, wide=1.8, columns=("who", "what"))
    edge = table.right(0, -1)[0] + 0.4
    said = [*silence, "...", _duration(time[change] - time[change - 1])]
    waits = [
        Words(text, (edge, table.middle(i, 0)[1]), "left") for i, text in enumerate(said) if text
    ]
    marks = [
        Words("begins", (edge + 2.8, table.middle(i, 0)[1]), "left")
        for i, at in enumerate(picked)
        if begins[at]
    ]
    return Sketch(
        chapter="01",
        name="visits",
        title="Where does a session begin?",
        alt="Five rows of a log, four of Anna's and one of Ben's, with the time since the row "
        "above. The word begins stands beside the row after the long silence, and beside "
        "Ben's, which is another shopper's.",
        steps=(
            Step("Write five rows of the log, sorted by shopper and by time.", (table,)),
            Step("Beside each the time since the row above it.", tuple(waits)),
        ),
        question="A session begins after half an hour of silence. In which rows does one "
        "begin? Look at the last row twice.",
        last=Step(
            "Behind the long silence; and in Ben's row, whatever the clock says: nobody goes "
            "on with somebody else's visit. It is the *first* row of a session that is marked, "
            "not the last.",
            tuple(marks),
        ),
        dissolves={
            "1.4": (
                "forgets the user",
                "forgets the user, in absolute value",
                "forgets the user and the first",
                "silence of the same user only",
                "wants both",
                "marks the end",
                "marks the event before",
                "marks both sides",
                "where it goes on",
            )
        },
    )


def _duration(seconds: float) -> str:
    """A time in words, "5 s" or "3 days"; with its sign."""
    for unit, size in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:+.0f} {unit}"
    return f"{seconds:+.0f} s"


SKETCHES = (scale, arms, visits)
