"""The table of protocols that comes along: what became of each event, and what must hold of it."""

import pandas as pd
import pytest

from course import measured
from seqrec.reproduce.comparison import KEY, SEEN
from seqrec.reproduce.contest import MODELS
from seqrec.reproduce.protocol import PROTOCOLS


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return measured("protocols")


def test_each_row_is_there_once_and_of_a_protocol_and_a_model_that_exist(table):
    assert not table.duplicated(["data", *KEY]).any()
    assert set(table["protocol"]) <= PROTOCOLS.keys() and set(table["model"]) <= set(MODELS)
    assert set(table["seen"]) == set(SEEN)


def test_counts_of_each_row_add_up_to_all_events_of_the_test(table):
    parts = table[["not_asked", "unknown_item", "without_history", "with_history"]]
    assert (parts.sum(axis=1) == table["events"]).all()
    same = table.groupby(["data", "core", "protocol"])[[*parts.columns, "users"]].nunique()
    assert (same == 1).all(axis=None), "models of one protocol are asked the same"


def test_to_count_an_unknown_item_as_a_miss_never_helps(table):
    assert (table["ndcg@10_all"] <= table["ndcg@10"] + 1e-4).all()
    assert table["hr@10"].between(0, 1).all() and table["coverage@10"].between(0, 1).all()
