"""SASRec written out is the fast one: rows, scores, gradients, steps; and what it draws."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import pad

from seqrec.data import Events, pieces
from seqrec.losses import next_item_loss
from seqrec.models import SASRec
from seqrec.models.plain import PlainSASRec, roll_out, train_step, training_rows
from seqrec.training import TrainConfig, train

ITEMS = torch.tensor([[0, 0, 3, 4, 7], [1, 2, 3, 4, 5], [0, 0, 0, 0, 9]])
ROWS = torch.tensor([[0, 0, 3, 4, 7, 2], [1, 2, 3, 4, 5, 9], [0, 0, 0, 0, 9, 9]])
histories = st.lists(st.lists(st.integers(1, 9), max_size=9), min_size=1, max_size=4)


def both(seed=0):
    torch.manual_seed(seed)
    fast = SASRec(9, 12, D=8, H=2, n_blocks=2, hidden=16, dropout=0.0)
    plain = PlainSASRec(9, 12, D=8, H=2, n_blocks=2, hidden=16)
    plain.load_state_dict(fast.state_dict())
    return plain, fast


@given(histories, st.integers(1, 5))
def test_rows_are_the_pieces_of_whole_histories(lists, max_len):
    items = np.concatenate([np.array(each, dtype=np.int64) for each in lists])
    users = np.repeat(np.arange(len(lists)), [len(each) for each in lists])
    events = Events.of_histories(users, items, len(lists))
    due = torch.from_numpy(pieces(events, max_len, whole=True))
    assert torch.equal(training_rows(lists, max_len), due)


def test_both_begin_with_the_same_weights_where_the_seed_is_the_same():
    torch.manual_seed(3)
    fast = SASRec(9, 12, D=8, H=2, n_blocks=2, hidden=16, dropout=0.0)
    torch.manual_seed(3)
    plain = PlainSASRec(9, 12, D=8, H=2, n_blocks=2, hidden=16)
    assert all(
        torch.equal(weight, plain.state_dict()[name]) for name, weight in fast.state_dict().items()
    )


def test_the_same_weights_give_the_same_scores():
    plain, fast = both()
    with torch.no_grad():
        states, _ = fast.encoder(ITEMS, need_weights=True)
        assert torch.equal((states @ fast.item_vectors.T)[ITEMS != 0], plain(ITEMS)[ITEMS != 0])
        torch.testing.assert_close(
            fast(ITEMS)[ITEMS != 0], pad(plain(ITEMS), (1, 0), value=-torch.inf)[ITEMS != 0]
        )


def test_the_same_weights_give_the_same_loss_and_gradients():
    plain, fast = both()
    loss = next_item_loss(ROWS)(fast, torch.arange(3), None)
    loss.backward()
    own = plain.loss(ROWS)
    own.backward()
    torch.testing.assert_close(own, loss)
    for (name, weight), other in zip(plain.named_parameters(), fast.parameters(), strict=True):
        torch.testing.assert_close(weight.grad, other.grad, msg=name)


def test_steps_are_those_of_the_library():
    plain, fast = both()
    seen = []
    config = TrainConfig(epochs=5, batch_size=2, learning_rate=0.01, weight_decay=0.0)
    loss = next_item_loss(ROWS)

    def remembered(network, rows, generator):
        seen.append(rows)
        return loss(network, rows, generator)

    train(fast, remembered, 3, config, progress=False)
    optimizer = torch.optim.AdamW(plain.parameters(), lr=0.01, weight_decay=0.0)
    for rows in seen:
        train_step(plain, optimizer, ROWS[rows])
    # Not the weights: the keys' bias moves no score. Its gradient is rounding, which Adam scales.
    torch.testing.assert_close(
        plain(ITEMS)[ITEMS != 0], fast(ITEMS)[..., 1:][ITEMS != 0], atol=1e-4, rtol=1e-3
    )


def test_what_is_rolled_out_follows_the_law_and_the_generator():
    def stays(items):
        """The newest item again in nine cases of ten, else item 1."""
        law = torch.zeros(len(items), 3)
        law[:, 0] = 0.1
        return law.scatter_add(1, items[:, -1:] - 1, torch.full((len(items), 1), 0.9))

    start = torch.full((4_000, 1), 3)
    out = roll_out(stays, start, 2, 5, torch.Generator().manual_seed(0))
    assert out.shape == (4_000, 3) and torch.equal(out[:, :1], start)
    assert (out[:, 1] == 3).float().mean() == pytest.approx(0.9, abs=0.02)
    assert (out[:, 2] == 3).float().mean() == pytest.approx(0.81, abs=0.02)
    again = roll_out(stays, start, 2, 5, torch.Generator().manual_seed(0))
    assert torch.equal(out, again)


def test_a_model_is_shown_the_newest_clicks_that_it_can_read():
    shown = []

    def law(items):
        shown.append(items.shape[1])
        return torch.full((len(items), 4), 0.25)

    roll_out(law, torch.ones(2, 3, dtype=torch.long), 4, 5, torch.Generator().manual_seed(0))
    assert shown == [3, 4, 5, 5]
