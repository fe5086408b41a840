"""Both models of chapter 07: what must not matter to them, what must, and that they learn."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import pad

from seqrec.losses import click_loss
from seqrec.models import BST, MeanPoolBST, bst, score_catalogue
from seqrec.models.heads import masked_mean
from seqrec.training import TrainConfig, train

MODELS = [MeanPoolBST, BST]
HISTORIES = torch.tensor([[0, 0, 3, 4, 7], [1, 2, 3, 4, 5], [0, 0, 0, 0, 9], [0, 0, 0, 0, 0]])
CANDIDATES = torch.tensor([5, 6, 7, 8])


def make(model, seed=0, **settings):
    torch.manual_seed(seed)
    return model(9, 12, **{"D": 8, "H": 2, **settings})


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("norm_first", [True, False])
def test_extra_padding_changes_no_score(model, mode, norm_first):
    network = make(model, norm_first=norm_first, n_blocks=2).train(mode == "train")
    scores = network(HISTORIES, CANDIDATES)
    for pads in (0, 2, 7):
        torch.testing.assert_close(
            network(pad(HISTORIES, (pads, 0)), CANDIDATES), scores, atol=1e-5, rtol=0
        )
    assert scores.isfinite().all()


@pytest.mark.parametrize("model", MODELS)
def test_the_pad_row_stays_zero_gets_no_gradient_and_would_not_matter(model):
    network = make(model)
    scores = network(HISTORIES, CANDIDATES)
    scores.square().sum().backward()
    weight = network.encoder.item.weight
    assert (weight.grad[0] == 0).all() and (weight.grad[3] != 0).any()
    assert all(parameter.grad.isfinite().all() for parameter in network.parameters())
    with torch.no_grad():
        weight[0] = 5.0
    torch.testing.assert_close(network(HISTORIES, CANDIDATES), scores, atol=1e-6, rtol=0)


@pytest.mark.parametrize("model", MODELS)
def test_the_order_of_the_history_matters_and_so_does_the_candidate(model):
    network = make(model).eval()
    history = torch.tensor([[1, 2, 3, 4]])
    score = network(history, CANDIDATES[:1])
    assert not torch.allclose(network(history.flip(1), CANDIDATES[:1]), score)
    assert not torch.allclose(network(history, CANDIDATES[1:2]), score)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(MODELS), st.integers(1, 4), st.integers(0, 99))
def test_many_candidates_at_once_are_scored_as_one_by_one(model, C, seed):
    network = make(model, seed, n_features=2).eval()
    generator = torch.Generator().manual_seed(seed)
    candidates = torch.randint(1, 10, (4, C), generator=generator)
    features = torch.randn(4, 2, generator=generator)
    together = network.score_candidates(HISTORIES, candidates, features)
    for c in range(C):
        torch.testing.assert_close(
            network(HISTORIES, candidates[:, c], features), together[:, c], atol=1e-5, rtol=0
        )


@pytest.mark.parametrize("model", MODELS)
def test_rows_of_a_batch_do_not_know_each_other(model):
    network = make(model).eval()
    together = network(HISTORIES, CANDIDATES)
    for row in range(len(HISTORIES)):
        alone = network(HISTORIES[row : row + 1], CANDIDATES[row : row + 1])
        torch.testing.assert_close(alone, together[row : row + 1], atol=1e-5, rtol=0)


@pytest.mark.parametrize("model", MODELS)
def test_features_count(model):
    network = make(model, n_features=3).eval()
    features = torch.zeros(4, 3)
    other = features.clone()
    other[1, 2] = 1.0
    changed = network(HISTORIES, CANDIDATES, features) != network(HISTORIES, CANDIDATES, other)
    assert changed.tolist() == [False, True, False, False]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("at_once", [1, 7, 20, 1000])
def test_the_catalogue_in_chunks_is_the_catalogue_and_padding_is_ruled_out(
    model, at_once, monkeypatch
):
    network = make(model, dropout=0.5).train()
    expected = network.eval().score_candidates(HISTORIES, torch.arange(1, 10).expand(4, 9))
    network.train()
    monkeypatch.setattr(bst, "PAIRS_AT_ONCE", at_once)
    scores = score_catalogue(network, HISTORIES)
    assert network.training and scores.shape == (4, 10) and (scores[:, 0] == -torch.inf).all()
    torch.testing.assert_close(scores[:, 1:], expected, atol=1e-5, rtol=0)
    assert score_catalogue(network, HISTORIES[:0]).shape == (0, 10)


def test_the_click_loss_is_the_log_loss_of_a_click_against_drawn_negatives():
    """One row, a network whose logit is the candidate's id: negatives are never the target."""

    class Ids:
        n_items = 3

        def score_candidates(self, histories, candidates):
            seen.append(candidates)
            return candidates.double()

    seen = []
    loss = click_loss(HISTORIES, torch.tensor([1, 2, 3, 1]), n_negatives=2)
    value = loss(Ids(), torch.tensor([2, 0]), torch.Generator().manual_seed(1))
    (candidates,) = seen
    assert candidates[:, 0].tolist() == [3, 1] and candidates.shape == (2, 3)
    assert (candidates[:, 1:] != candidates[:, :1]).all() and (
        (candidates >= 1) & (candidates <= 3)
    ).all()
    ids = candidates.double()
    expected = -(ids[:, 0].sigmoid().log().sum() + (1 - ids[:, 1:].sigmoid()).log().sum()) / 6
    torch.testing.assert_close(value, expected)


def test_the_masked_mean_is_over_real_positions_only():
    states = torch.tensor(
        [[[9.0, 9.0], [1.0, 2.0], [3.0, 6.0]], [[9.0, 9.0], [9.0, 9.0], [9.0, 9.0]]]
    )
    real = torch.tensor([[False, True, True], [False, False, False]])
    assert masked_mean(states, real).tolist() == [[2.0, 4.0], [0.0, 0.0]]


def test_the_candidate_reaches_the_states_of_the_history_only_inside_the_sequence():
    """What BST adds: the clicks are seen in the light of the candidate."""
    network = make(BST).eval()
    sequences = torch.cat([HISTORIES[1:2].repeat(2, 1), CANDIDATES[:2, None]], dim=1)
    states = network.encoder(sequences)
    assert not torch.allclose(states[0, :-1], states[1, :-1])


@pytest.mark.parametrize("model", MODELS)
def test_it_learns_a_rule_of_two_clicks_that_no_bag_could_know(model):
    """After (a, b) comes b + 3 if a < b, else b + 6: newest click and order are both needed."""
    generator = torch.Generator().manual_seed(0)
    pairs = torch.randint(1, 4, (600, 2), generator=generator)
    targets = pairs[:, 1] + torch.where(pairs[:, 0] < pairs[:, 1], 3, 6)
    network = make(model, n_blocks=1, D=16)
    config = TrainConfig(epochs=12, batch_size=50, learning_rate=0.01)
    train(network, click_loss(pairs, targets, n_negatives=4), 600, config, progress=False)
    asked = torch.cartesian_prod(torch.arange(1, 4), torch.arange(1, 4))
    expected = asked[:, 1] + torch.where(asked[:, 0] < asked[:, 1], 3, 6)
    assert score_catalogue(network, asked).argmax(dim=1).tolist() == expected.tolist()


def whole_width_loss(histories, targets, n_negatives, monkeypatch):
    """The click loss with every column."""
    monkeypatch.setattr("seqrec.losses.objectives.without_empty_columns", lambda items: items)
    return click_loss(histories, targets, n_negatives)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("shared", [0, 3, 7])
def test_the_padding_that_a_batch_shares_changes_neither_click_loss_nor_gradient(
    model, shared, monkeypatch
):
    """BST's head reads every place: it must get the same states at the same places."""
    torch.manual_seed(3)
    histories = pad(HISTORIES, (shared, 0)) if shared else HISTORIES
    network = model(9, 12, D=8, H=2, n_blocks=2)
    targets, rows = torch.tensor([1, 2, 3, 1]), torch.arange(4)
    if shared == 7:
        rows = rows[[0, 2]]  # more is empty than in all rows together

    def answer(loss):
        network.zero_grad()
        value = loss(network, rows, torch.Generator().manual_seed(5))
        value.backward()
        return [value.detach(), *(weight.grad.clone() for weight in network.parameters())]

    cut = answer(click_loss(histories, targets, 2))
    with monkeypatch.context() as patch:
        whole = answer(whole_width_loss(histories, targets, 2, patch))
    for one, other in zip(cut, whole, strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)
    if shared == 0:
        assert all(torch.equal(one, other) for one, other in zip(cut, whole, strict=True))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("rows", "width"), [([0, 1, 2, 3], 5), ([0, 2], 3), ([2, 3], 1), ([3], 1)])
def test_the_click_loss_shows_the_network_no_column_that_is_empty_in_all_rows(
    model, rows, width, monkeypatch
):
    seen = []

    def spying(network, items, candidates):
        seen.append(items)
        return score(network, items, candidates)

    score = model.score_candidates
    monkeypatch.setattr(model, "score_candidates", spying)
    histories = pad(HISTORIES, (7, 0))
    loss = click_loss(histories, torch.ones(4, dtype=torch.long), 2)
    loss(make(model), torch.tensor(rows), 0)
    assert torch.equal(seen[0], histories[rows][:, -width:])
