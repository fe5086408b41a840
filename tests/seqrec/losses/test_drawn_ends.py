"""Rows that end at another click whenever they are seen."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seqrec.data import ItemIndex, pieces, read_events
from seqrec.losses import next_item_loss
from seqrec.losses.drawn_ends import at_drawn_ends
from seqrec.models import SASRec
from seqrec.recommender import SASRecConfig, SequentialRecommender
from seqrec.row_draws import RowDraws
from seqrec.training import TrainConfig


def padded(rows, width):
    return torch.tensor([[0] * (width - len(row)) + list(row) for row in rows])


def possible(row, wanted, max_len):
    """Each window that a row may give, from a plain loop."""
    found = []
    for end in range(len(row)):
        is_new = end >= len(row) - max_len
        if is_new and wanted[end] and row[end] and end and row[end - 1]:
            window = [0] * max_len + list(row[: end + 1])
            found.append(tuple(window[-max_len - 1 :]))
    return found or [tuple(([0] * max_len + list(row))[-max_len - 1 :])]


def drawn(rows, max_len, seed=0, wanted=None):
    wanted = torch.ones_like(rows, dtype=torch.bool) if wanted is None else wanted
    return at_drawn_ends(rows, wanted, max_len, torch.Generator().manual_seed(seed))


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=9), min_size=1, max_size=5),
    st.integers(1, 5),
    st.integers(0, 99),
)
def test_a_window_is_one_that_the_plain_loop_allows(wanted, max_len, seed):
    width = max(max_len + 1, *map(len, wanted))
    rows = padded([range(1, len(row) + 1) for row in wanted], width)
    is_wanted = padded(wanted, width).bool()
    items, asked = drawn(rows, max_len, seed, is_wanted)
    for row, may, window, of_it in zip(rows, is_wanted, items, asked, strict=True):
        assert tuple(window.tolist()) in possible(row.tolist(), may.tolist(), max_len)
        assert [bool(may[row == item]) for item in window[window > 0]] == of_it[window > 0].tolist()


def test_each_target_is_as_often_the_end_as_any_other():
    rows = padded([range(1, 8)], 8).repeat(6000, 1)
    items, _ = drawn(rows, 4)
    counts = torch.bincount(items[:, -1], minlength=8)[4:]  # the newest four
    assert counts.sum() == 6000
    assert (counts / 1500 - 1).abs().max() < 0.08


def test_what_stands_before_the_newest_items_is_read():
    items, _ = drawn(padded([range(1, 8)], 7).repeat(50, 1), 3)
    assert (items != 0).all()
    assert {tuple(row.tolist()) for row in items} == {(2, 3, 4, 5), (3, 4, 5, 6), (4, 5, 6, 7)}


def test_a_row_without_a_target_ends_where_it_ended():
    rows = padded([[5, 6, 7], [9]], 4)
    items, asked = drawn(rows, 3, wanted=torch.zeros_like(rows, dtype=torch.bool))
    assert items.tolist() == rows.tolist()
    assert not asked.any()


def test_padding_on_the_left_changes_no_draw_and_no_argument_is_edited():
    rows = padded([range(1, 8), range(11, 14)], 7)
    before = rows.clone()
    plain, _ = drawn(rows, 3, seed=4)
    wide, _ = drawn(torch.nn.functional.pad(rows, (3, 0)), 3, seed=4)
    assert plain.tolist() == wide.tolist()
    assert rows.tolist() == before.tolist()


def test_what_a_row_draws_does_not_hang_on_its_batch():
    rows = padded([range(1, 20)], 20).repeat(8, 1)
    wanted = torch.ones_like(rows, dtype=torch.bool)
    numbers = torch.arange(8)
    whole, _ = at_drawn_ends(rows, wanted, 9, RowDraws.of_rows(3, numbers))
    part, _ = at_drawn_ends(rows[5:], wanted[5:], 9, RowDraws.of_rows(3, numbers[5:]))
    assert whole[5:].tolist() == part.tolist()
    assert len({tuple(row.tolist()) for row in whole}) > 1


def test_the_loss_is_that_of_the_drawn_windows():
    torch.manual_seed(0)
    network = SASRec(30, 4, D=8, n_blocks=1, dropout=0.0)
    rows = padded([range(1, 10), range(12, 18), range(20, 22)], 9)
    at = torch.arange(3)
    got = next_item_loss(rows, max_len=4)(network, at, torch.Generator().manual_seed(7))
    windows, _ = drawn(rows, 4, seed=7)
    assert got.item() == pytest.approx(next_item_loss(windows)(network, at, None).item(), rel=1e-6)


def a_log(users=30, clicks=25):
    rng = np.random.default_rng(0)
    n = users * clicks
    log = {"user_id": np.repeat(np.arange(users), clicks), "item_id": rng.integers(1, 12, n)}
    return pd.DataFrame(log | {"timestamp": np.arange(n)})


def test_pieces_come_with_what_stands_before_them():
    events, _ = read_events(a_log(), ItemIndex().fit(range(1, 12)))
    plain = pieces(events, 6, whole=True)
    wide = pieces(events, 6, whole=True, before=6)
    assert wide.shape == (len(plain), 13)
    assert (wide[:, 6:] == plain).all()
    # The neighbours of one user share an item: what a piece begins with ends the one before it.
    is_older = np.arange(len(plain)) % 4 != 3
    assert (wide[:-1][is_older[:-1]][:, :7] == plain[1:][is_older[:-1]]).all()


def fitted(training, **options):
    model = SASRecConfig(D=8, n_blocks=1, **options)
    return SequentialRecommender(model, max_len=10, training=training, progress=False)


def test_the_newest_position_learns_from_every_click_that_has_one_before_it(monkeypatch):
    asked = set()

    def watch(network, states, targets, kept=SASRec.softmax_loss):
        asked.update(targets.tolist())
        return kept(network, states, targets)

    monkeypatch.setattr(SASRec, "softmax_loss", watch)
    log = pd.DataFrame({"user_id": 0, "item_id": range(1, 9), "timestamp": range(8)})
    fitted(TrainConfig(epochs=60, batch_size=1), drawn_ends=True).fit(log)
    assert asked == set(range(2, 9))


def test_a_recommender_learns_with_drawn_ends_and_goes_on(tmp_path):
    log = a_log()
    first = log[log["timestamp"] % 25 < 20]
    model = fitted(TrainConfig(epochs=2), drawn_ends=True).fit(first)
    model.fit_more(log)
    model.save(tmp_path / "model")
    again = SequentialRecommender.load(tmp_path / "model")
    assert again.model.drawn_ends is True
    assert (again.score_items(log) == model.score_items(log)).all()


def test_drawn_ends_must_be_a_flag():
    with pytest.raises(ValueError, match="drawn_ends must be"):
        SASRecConfig(drawn_ends=1.5)
