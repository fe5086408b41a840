"""The examples in the docstrings give what they say."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("module", ["sequences", "interactions", "chronology", "item_index", "splits", "samples"])
def test_the_examples_in_the_docstrings_hold(module):
    result = doctest.testmod(importlib.import_module(f"seqrec.{module}"))
    assert result.attempted > 0 and result.failed == 0


def test_the_front_door_leads_to_all_that_it_lists():
    sequences = importlib.import_module("seqrec.sequences")
    assert sorted(sequences.__all__) == sorted(set(sequences.__all__))
    assert all(hasattr(sequences, name) for name in sequences.__all__)
