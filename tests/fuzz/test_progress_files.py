"""Progress files after accidents, and guesses as nobody should write them.

The truths to compare with: the record that was written before the accident, and the rules of a
guess written down once more, plainly.
"""

import json
import math
import string

import numpy as np
import pytest

from course.coach import GuessChoice, GuessNumber, GuessOrder
from course.coach.guesses.reading import Unreadable
from course.coach.progress_file import NAME, NotKept, add, read
from course.coach.record import Newer, Noted, Record, from_json, merged, to_json
from tests.fuzz.fuzzing import refusal, rounds
from tests.fuzz.mutations import accident, changed_document

WRITTEN = Record(
    {"2.1": "solved", "2.2": "tried", "16.4": "solved"},
    {"2.1": ["B", "A"], "9.3": ["D"]},
    {"2.1": Noted(40.0, 0.8, 62.0, False), "2.2": Noted(["b", "a"]), "2.3": Noted("é", None)},
)
#: What may stand anywhere in the file.
ODD = (
    None,
    True,
    -1,
    0,
    1e308,
    float("nan"),
    10**30,
    "",
    "A",
    "solved",
    "x" * 900,
    "\ud800",
    [],
    {},
    [[]],
)
NEWS = Record(exercises={"4.1": "solved"})


def after_an_accident(rng):
    return accident(rng, to_json(WRITTEN))


def with_another_entry(rng):
    content = json.loads(to_json(WRITTEN))
    if rng.random() < 0.5:
        return json.dumps(changed_document(rng, content)[1]).encode()
    part = content[["exercises", "quizzes", "guesses"][rng.integers(3)]]
    id = sorted(part)[rng.integers(len(part))]
    part[id] = ODD[rng.integers(len(ODD))]
    return json.dumps(content).encode()


@pytest.mark.parametrize("change", [after_an_accident, with_another_entry])
def test_of_a_changed_file_what_is_read_was_written_or_is_a_plain_entry(change, tmp_path):
    for number, rng in enumerate(rounds(150)):
        data = change(rng)
        try:
            record, whole = from_json(data)
        except Newer:
            continue
        # Whatever was read is of the kind that is written, and is not read otherwise next time.
        assert from_json(to_json(record)) == (record, True), data
        if number % 10:
            continue
        path = tmp_path / str(number) / NAME
        path.parent.mkdir()
        path.write_bytes(data)
        now, note = add(path, NEWS)
        assert now == merged(record, NEWS) == read(path)[0], data
        assert bool(note) == (not whole) and len(note) < 300
        # Nothing that was there is lost.
        aside = path.with_name("course_progress.damaged-1.json")
        assert whole or aside.read_bytes() == data


def test_the_entries_that_an_accident_did_not_touch_are_read(tmp_path):
    for rng in rounds(150):
        content = json.loads(to_json(WRITTEN))
        part = ["exercises", "quizzes", "guesses"][rng.integers(3)]
        id = sorted(content[part])[rng.integers(len(content[part]))]
        content[part][id] = {"value": [], "more": ODD[rng.integers(len(ODD))]}
        record, whole = from_json(json.dumps(content).encode())
        assert not whole
        for name in ("exercises", "quizzes", "guesses"):
            left = dict(getattr(WRITTEN, name))
            if name == part:
                del left[id]
            assert getattr(record, name) == left


def test_the_longest_notes_are_short(tmp_path):
    path = tmp_path / ("x" * 200) / NAME
    for call in (lambda: add(path, NEWS), lambda: read(path.parent)):
        try:
            _, note = call()
        except NotKept as error:
            note = str(error)
        assert len(note) < 300


NUMBER = GuessNumber(id="2.1", asks="How many?", unit="%", high=100, close=5)
CHOICE = GuessChoice(id="2.2", asks="Which?", choices=("MSE", "gBCE, t = 1", "soft max"))
ORDER = GuessOrder(id="2.3", asks="Which first?", items=("first one", "second", "third"))
VALUES = (0, 100, 40.5, -1, 101, 1e400, float("nan"), True, None, 3j, b"40", "40", "40 %", "", [])
VALUES += ({}, [40], object(), int, np.float32(40), np.array([40]), np.array([1, 2]), "x" * 9_999)
VALUES += (np.int64(7), np.bool_(True), 10**400, ["A", "B", "C"], ("C", "third"), {"A"}, "ABC", "a")


def any_value(rng):
    if rng.random() < 0.5:
        return VALUES[rng.integers(len(VALUES))]
    pieces = [
        *"ABCDabc ,;>%",
        "MSE",
        "second",
        "first one",
        "third",
        "gBCE, t = 1",
        "\n",
        "é",
        "40",
    ]
    return "".join(pieces[n] for n in rng.integers(0, len(pieces), rng.integers(0, 7)))


def plain_name(text, names):
    """The name that a text means, by the rules alone."""
    for letter, name in zip(string.ascii_uppercase, names, strict=False):
        written = " ".join(text.strip("' \t\"").split()).lower()
        if written in (letter.lower(), " ".join(name.split()).lower()):
            return name
    return None


def test_a_guess_is_read_as_the_rules_say_or_refused_in_words_that_help():
    for rng in rounds(600):
        value = any_value(rng)
        number, told = refusal(lambda value=value: NUMBER.read(value), "Write")
        if told is None:
            assert isinstance(number, float) and math.isclose(number, np.asarray(value).item())
            assert not isinstance(value, str | bool | np.bool_) and 0 <= number <= 100
        choice, told = refusal(lambda value=value: CHOICE.read(value), "Write")
        assert choice == (plain_name(value, CHOICE.choices) if isinstance(value, str) else None)
        order, told = refusal(lambda value=value: ORDER.read(value), "Write")
        if told is None:
            assert sorted(order) == sorted(ORDER.items)
            assert ORDER.read(order) == order and ORDER.read(", ".join(order)) == order
        for asked in (NUMBER, CHOICE, ORDER):
            real, told = refusal(lambda value=value, asked=asked: asked.read_truth(value))
            if told is None:
                assert len(asked.shown_truth(real)) < 200


def test_a_number_is_close_as_its_rule_says():
    by_factor = GuessNumber(id="2.4", asks="How many?", factor=2)
    for rng in rounds(300):
        guess, truth = (float(x) for x in rng.choice([0, 1, 2, 5, 10, 50, 99.5, 100], 2))
        assert NUMBER.is_good(guess, truth) == (abs(guess - truth) <= 5)
        near = guess == truth or (truth / 2 <= guess <= 2 * truth and guess * truth > 0)
        assert by_factor.is_good(guess, truth) == near
        side = "high" if guess > truth else "low"
        for asked in (NUMBER, by_factor):
            far = asked.apart(guess, truth)
            assert (side in far) == (guess != truth and "exact" not in far)


def test_what_is_no_guess_is_refused_by_one_kind_of_error():
    with pytest.raises(Unreadable):
        ORDER.read("AB")
