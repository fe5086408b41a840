"""What `solution()` shows: the reference, and whatever private code it needs."""

import ast
import random
import sys

import pytest

from course.coach.cards.shown_source import helpers_of, shown_source
from course.coach.find import chapters, load_key

REFERENCES = {
    exercise.id: exercise.reference
    for chapter in chapters()
    for exercise in load_key(chapter).EXERCISES
}


def test_a_solution_loses_a_long_docstring_and_keeps_a_short_one():
    assert '"""' not in shown_source(random.Random.seed)
    assert shown_source(random.Random.seed).startswith(
        "def seed(self, a=None, version=2):\n    if "
    )
    assert '"""' in shown_source(random.Random.choice)


@pytest.mark.parametrize("id", REFERENCES)
def test_no_private_name_of_the_module_is_left_unexplained(id):
    reference = REFERENCES[id]
    parts = [reference, *helpers_of(reference)]
    trees = [ast.parse(shown_source(part)) for part in parts]
    defined = {tree.body[0].name for tree in trees}
    space = vars(sys.modules[reference.__module__])
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id.startswith("_"):
                made_here = getattr(space.get(node.id), "__module__", "") == reference.__module__
                assert node.id in defined or not made_here, f"{id}: {node.id}"


def test_helpers_of_helpers_are_shown_each_once():
    helpers = [helper.__name__ for helper in helpers_of(REFERENCES["4.1"])]
    assert "_real_pairs" in helpers and len(helpers) == len(set(helpers))
