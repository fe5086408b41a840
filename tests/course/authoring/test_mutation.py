"""Automatic edits of right answers: what is edited, and that weak probes are found out."""

import dataclasses

import pytest

from course.authoring.mutants import mutants
from course.authoring.mutation import score
from course.coach import EquivalentMutant, Probe

SOURCE = '''
def f(x, n: int = 3):
    """Kept 5."""
    if n < 0:
        raise ValueError(f"n is {n - 1}")
    total = 0
    for i in range(n):
        total += x[i, -1] * 2
    mask = ~(x > 0) & (x != 4)
    return [v for v in total.tril(0).sum(dim=1)[1:] if not v], mask
'''
EXPECTED = [
    "if n < 0: -> if n <= 0:",
    "if n < 0: -> if n > 0:",
    "if n < 0: -> if n < 1:",
    "if n < 0: -> if not n < 0:",
    "total = 0 -> total = 1",
    "total += x[i, -1] * 2 -> (left out)",
    "total += x[i, -1] * 2 -> total -= x[i, -1] * 2",
    "total += x[i, -1] * 2 -> total += x[i, 0] * 2",
    "total += x[i, -1] * 2 -> total += x[i, -2] * 2",
    "total += x[i, -1] * 2 -> total += x[i, -1] / 2",
    "total += x[i, -1] * 2 -> total += x[i, -1]",
    "mask = ~(x > 0) & (x != 4) -> mask = (x > 0) & (x != 4)",
    "mask = ~(x > 0) & (x != 4) -> mask = ~(x > 0)",
    "mask = ~(x > 0) & (x != 4) -> mask = ~(x > 0) | (x != 4)",
    "mask = ~(x > 0) & (x != 4) -> mask = ~(x >= 0) & (x != 4)",
    "mask = ~(x > 0) & (x != 4) -> mask = ~(x > 0) & (x == 4)",
]
RETURNS = [
    "[v for v in total.triu(0).sum(dim=1)[1:] if not v], mask",
    "[v for v in total.sum(dim=1)[1:] if not v], mask",
    "[v for v in total.tril(0).sum(dim=2)[1:] if not v], mask",
    "[v for v in total.tril(0).mean(dim=1)[1:] if not v], mask",
    "[v for v in total.tril(0).sum(dim=1)[:] if not v], mask",
    "[v for v in total.tril(0).sum(dim=1)[1:] if v], mask",
    "[v for v in total.tril(0).sum(dim=1)[1:]], mask",
]


def test_each_kind_of_edit_is_made_and_each_edit_is_one_place():
    edits = [mutant.edit for mutant in mutants(SOURCE, refusals=True)]
    assert set(EXPECTED) <= set(edits)
    for wanted in RETURNS:
        assert any(edit.endswith("-> return (" + wanted + ")") for edit in edits), wanted
    assert len(set(edits)) == len(edits)


def test_refusals_are_edited_only_where_a_probe_is_bad_input(toy):
    edits = {mutant.edit for mutant in mutants(SOURCE, refusals=False)}
    assert not [edit for edit in edits if edit.startswith("if n < 0")]
    assert edits < {mutant.edit for mutant in mutants(SOURCE, refusals=True)}
    assert any(edit.startswith("if length < 1") for edit in score(toy.pad).edits)
    accepted = dataclasses.replace(
        toy.pad, probes=lambda rng: [Probe(([7, 8], 4)), Probe(([7], 1))]
    )
    assert not any(edit.startswith("if length < 1") for edit in score(accepted).edits)


def test_one_reason_may_serve_all_edits_of_a_statement(toy):
    listed = EquivalentMutant(edit="kept = list(items)[-length:] -> *", reason="for the test")
    weak = dataclasses.replace(
        toy.pad, probes=lambda rng: [Probe(([], 2))], equivalent_mutants=(listed,)
    )
    found = score(weak)
    assert len(found.known) > 1
    assert all(edit.startswith("kept = ") for edit in found.known)
    assert found.stale == ()


def test_signatures_docstrings_and_messages_are_left_alone():
    for mutant in mutants(SOURCE, refusals=True):
        assert "n: int=3" in mutant.source
        assert "Kept 5." in mutant.source
        assert "{n - 1}" in mutant.source


def test_good_probes_reject_every_edit_that_is_wrong(toy):
    for exercise in (toy.mean, toy.gate):
        found = score(exercise)
        assert len(found.edits) >= 5
        assert found.unexplained == ()


def test_a_gap_in_the_probes_lets_an_edit_survive(toy):
    weak = dataclasses.replace(toy.pad, probes=lambda rng: [Probe(([7, 8], 4)), Probe(([7], 0))])
    assert "kept = list(items)[-length:] -> kept = list(items)[:]" in score(weak).unexplained
    assert "kept = list(items)[-length:] -> kept = list(items)[:]" not in score(toy.pad).survivors


def test_a_listed_equivalent_is_known_and_a_listed_non_survivor_is_stale(toy):
    edit = "kept = list(items)[-length:] -> kept = items[-length:]"
    listed = EquivalentMutant(edit=edit, reason="a list is a list")
    wrong = EquivalentMutant(edit="if length < 1: -> if length > 1:", reason="it is not")
    found = score(dataclasses.replace(toy.pad, equivalent_mutants=(listed, wrong)))
    assert found.known == (edit,)
    assert edit not in found.unexplained
    assert found.stale == (wrong.edit,)


def test_an_edit_that_never_ends_counts_as_rejected(toy):
    source = (
        "def pad_left(items, length):\n    n = 0\n    while n < length:\n        n += 1\n"
        "    return [0] * n\n"
    )
    weak = dataclasses.replace(toy.pad, probes=lambda rng: [Probe(([], 2)), Probe(([], 3))])
    found = score(weak, ((source, {}),))
    assert "n += 1 -> (left out)" in found.edits
    assert "n += 1 -> (left out)" not in found.survivors


@pytest.mark.parametrize("source", ["def f():\n    return g(1, 2)", "def f():\n    return h.g(1)"])
def test_edits_are_valid_python(source):
    for mutant in mutants(source, refusals=True):
        compile(mutant.source, "<test>", "exec")
