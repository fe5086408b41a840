"""What the recurrent network reads, and what it learns."""

import numpy as np
import pandas as pd
import pytest
import torch

from seqrec.baselines import GRU4Rec, MarkovChain, gru4rec


@pytest.fixture(scope="module")
def model(shop):
    return GRU4Rec(50, D=8, state_size=12, max_len=12, epochs=2, progress=False).fit(
        shop.interactions
    )


def plain_score(model, history):
    """One history, one click at a time, by the equations of a GRU in PyTorch's manual."""
    network = model.network_
    weights = {
        name: value.detach().double().numpy() for name, value in network.state_dict().items()
    }
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    h = np.zeros(model.state_size)
    for item in [item for item in history if model.clicked_[item]][-model.max_len :]:
        x = weights["gru.weight_ih_l0"] @ weights["item.weight"][item] + weights["gru.bias_ih_l0"]
        s = weights["gru.weight_hh_l0"] @ h + weights["gru.bias_hh_l0"]
        (xr, xz, xn), (sr, sz, sn) = np.split(x, 3), np.split(s, 3)
        z = sigmoid(xz + sz)
        h = (1 - z) * np.tanh(xn + sigmoid(xr + sr) * sn) + z * h
    return weights["out.weight"] @ h + weights["log_popularity"]


def test_scores_equal_the_equations_of_a_gru_click_by_click(model, shop):
    scores = model.score(shop.users, shop.histories)
    plain = [plain_score(model, history[history > 0]) for history in shop.histories]
    np.testing.assert_allclose(scores, plain, rtol=1e-4, atol=1e-5)


def test_a_click_changes_no_state_before_it(model):
    items = torch.tensor([[3, 9, 4, 7, 1]])
    other = items.clone()
    other[0, 3:] = torch.tensor([8, 8])
    before, after = model.network_(items), model.network_(other)
    torch.testing.assert_close(before[:, :3], after[:, :3], rtol=0, atol=0)
    assert not torch.allclose(before[:, 3:, 1:], after[:, 3:, 1:])


def test_a_product_that_nobody_clicked_is_skipped_wherever_it_stands(shop):
    log = shop.interactions[shop.interactions["item_id"] != 17]
    model = GRU4Rec(50, D=8, state_size=12, epochs=1, progress=False).fit(log)
    scores = model.score([1, 2], np.array([[0, 4, 9], [4, 17, 9]]))
    np.testing.assert_allclose(scores[0], scores[1], rtol=1e-5)


def test_scoring_in_chunks_changes_nothing(model, shop, monkeypatch):
    whole = model.score(shop.users, shop.histories)
    monkeypatch.setattr(gru4rec, "ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(model.score(shop.users, shop.histories), whole, rtol=1e-5, atol=1e-6)


def test_one_seed_gives_one_model_and_another_seed_another(shop):
    scores = [
        GRU4Rec(50, D=4, state_size=4, epochs=1, seed=seed, progress=False)
        .fit(shop.interactions)
        .score(shop.users, shop.histories)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert (scores[0] != scores[2])[:, 1:].all()


def test_it_learns_what_a_markov_chain_cannot():
    """After 3 comes what was clicked *before* the 3: that takes a memory of two clicks."""
    rng = np.random.default_rng(0)
    first = rng.integers(1, 3, size=(300, 4))
    # a 3 a, b 3 b, ...
    clicks = np.stack([first, np.full_like(first, 3), first], axis=2).reshape(300, -1)
    log = pd.DataFrame(
        {
            "user_id": np.repeat(np.arange(300), 12),
            "item_id": clicks.ravel(),
            "timestamp": np.tile(np.arange(12), 300),
        }
    )
    asked = np.array([[1, 3], [2, 3]])
    gru = GRU4Rec(3, D=8, state_size=16, epochs=10, learning_rate=0.02, progress=False).fit(log)
    np.testing.assert_array_equal(gru.score([0, 0], asked).argmax(axis=1), [1, 2])
    assert gru.losses_[-1] < 0.7 * gru.losses_[0]
    chain = MarkovChain(3).fit(log).score([0, 0], asked)
    np.testing.assert_array_equal(chain[0], chain[1])


def test_it_is_quiet_when_asked(shop, capsys):
    GRU4Rec(50, D=4, state_size=4, epochs=1, progress=False).fit(shop.interactions)
    assert capsys.readouterr() == ("", "")
    GRU4Rec(50, D=4, state_size=4, epochs=1).fit(shop.interactions)
    assert "GRU4Rec" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["D", "state_size", "max_len", "epochs", "batch_size", "learning_rate"]
)
def test_a_setting_that_is_not_positive_is_named(shop, name):
    with pytest.raises(ValueError, match=f"{name} must be .*(positive|of 1 or more), got 0"):
        GRU4Rec(50, **{name: 0}).fit(shop.interactions)


def test_a_log_in_which_nothing_follows_anything_is_refused(shop):
    with pytest.raises(ValueError, match="no user has two clicks"):
        GRU4Rec(50).fit(shop.interactions.drop_duplicates("user_id"))


@pytest.mark.parametrize(("B", "D", "S"), [(1, 1, 1), (4, 3, 5), (2, 6, 2)])
def test_a_step_by_hand_is_a_step_of_pytorchs_cell(B, D, S):
    torch.manual_seed(B)
    cell = torch.nn.GRUCell(D, S)
    clicks = torch.randn(B, D)
    states = torch.randn(B, S)
    torch.testing.assert_close(gru4rec.gru_step(cell, clicks, states), cell(clicks, states))
