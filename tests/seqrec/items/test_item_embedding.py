"""ItemEmbedding: two faces that agree, PAD and MASK, who has an id vector, and what hides it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from seqrec.items import ItemEmbedding
from seqrec.items.embedding import EMBEDDING_LENGTH
from seqrec.losses import click_loss, next_item_loss
from seqrec.models import BST, MeanPoolBST, SASRec
from seqrec.training import TrainConfig, train

N, F, D = 6, 4, 8
NETWORKS = {"SASRec": SASRec, "BST": BST, "MeanPoolBST": MeanPoolBST}
masks = st.lists(st.booleans(), min_size=N, max_size=N)


def features(seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(N, F)).astype(np.float32))


def embedding(**settings):
    torch.manual_seed(1)
    return ItemEmbedding(features(), D, **settings)


@settings(max_examples=20, deadline=None)
@given(has_id=masks, seed=st.integers(0, 99))
def test_each_row_is_the_formula_and_both_faces_agree(has_id, seed):
    torch.manual_seed(seed)
    item = ItemEmbedding(features(seed), D, has_id=has_id).eval()
    ids, row = item.id.weight, 0
    for j in range(1, N + 1):
        row += has_id[j - 1]
        expected = item.content.weight @ features(seed)[j - 1] + (ids[row] if has_id[j - 1] else 0)
        torch.testing.assert_close(item.weight[j], expected)
    assert len(ids) == sum(has_id) + 2  # nobody, each that has one, MASK
    assert torch.equal(item.weight[0], torch.zeros(D)) and torch.equal(item.weight[N + 1], ids[-1])
    items = torch.arange(N + 2).view(2, -1)
    torch.testing.assert_close(item(items), item.weight[items])


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_stays_zero_and_gets_no_gradient_in_a_network_that_is_trained(name):
    network = NETWORKS[name](N, 5, D=D, H=1)
    network.encoder.item = embedding(has_id=[True] * 4 + [False] * 2, id_dropout=0.5)
    rows = torch.randint(1, 5, (64, 6))
    rows[:, :2] *= torch.randint(0, 2, (64, 1))
    loss = next_item_loss(rows) if name == "SASRec" else click_loss(rows[:, :-1], rows[:, -1], 2)
    train(network, loss, 64, TrainConfig(epochs=2, batch_size=16), progress=False)
    item = network.encoder.item.eval()
    assert torch.equal(item.weight[0], torch.zeros(D)) and torch.equal(
        item.id.weight[0], torch.zeros(D)
    )
    loss(network, torch.arange(64), torch.Generator()).backward()
    assert torch.equal(item.id.weight.grad[0], torch.zeros(D))
    assert (item.content.weight.grad.abs().sum(dim=1) > 0).all() and (
        item.id.weight.grad[1:5].abs().sum(1) > 0
    ).all()


@settings(max_examples=20, deadline=None)
@given(which=st.integers(1, N), has_id=masks)
def test_the_features_of_an_item_move_that_item_and_no_other(which, has_id):
    item, other = embedding(has_id=has_id), embedding(has_id=has_id)
    other.features[which] += 1
    moved = (item.weight != other.weight).any(dim=1)
    assert moved.nonzero().flatten().tolist() == [which]


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(N)), has_id=masks, n_new=st.integers(0, 3))
def test_moving_to_another_catalogue_renumbers_vectors_and_leaves_new_products_with_content_alone(
    order, has_id, n_new
):
    item = embedding(has_id=has_id, id_dropout=0.25).eval()
    order, fresh = torch.tensor(order), torch.ones(n_new, F)
    moved = item.moved(torch.cat([fresh, features()[order]]), [0] * n_new + (order + 1).tolist())
    torch.testing.assert_close(moved.weight[n_new + 1 : -1], item.weight[order + 1])
    torch.testing.assert_close(moved.weight[1 : n_new + 1], fresh @ item.content.weight.T)
    assert torch.equal(moved.weight[-1], item.weight[-1]) and torch.equal(
        moved.weight[0], torch.zeros(D)
    )
    assert moved.n_items == N + n_new and moved.id_dropout == 0.25 and not moved.training
    assert moved.id.weight is item.id.weight and moved.content.weight is item.content.weight


def test_a_dropped_id_vector_leaves_content_alone_as_often_as_asked_and_only_in_training():
    item = embedding(id_dropout=0.3)
    with_id, without = item.eval().weight, embedding(has_id=False).weight
    without = item.content(item.features)
    item.train()
    looks = torch.stack([item.weight for _ in range(2000)])  # (2000, V, D)
    is_hidden = (looks == without).all(dim=2)
    assert ((looks == with_id).all(dim=2) | is_hidden)[:, 1 : N + 1].all()
    share = is_hidden[:, 1 : N + 1].float().mean(dim=0)
    assert ((share - 0.3).abs() < 5 * (0.3 * 0.7 / 2000) ** 0.5).all()
    assert torch.equal(looks[:, N + 1], with_id[N + 1].expand(2000, D))  # MASK is never hidden
    assert torch.equal(item.eval().weight, with_id)


def test_without_id_vectors_only_mask_has_one_whatever_the_size_of_the_shop():
    item = ItemEmbedding(torch.ones(1000, F), D, has_id=False)
    assert item.id.weight.shape == (2, D)
    assert torch.equal(item.weight[1], item.weight[1000]) and not torch.equal(
        item.weight[1], item.weight[1001]
    )


def test_a_vector_of_content_is_as_long_as_an_id_vector_when_it_is_drawn():
    torch.manual_seed(0)
    item = ItemEmbedding(torch.eye(200).repeat(1, 5), 64, has_id=False)  # five labels each
    content = item.weight[1:-1].norm(dim=1)
    ids = ItemEmbedding(torch.eye(200), 64).id.weight[1:].norm(dim=1)
    assert 0.9 < content.mean() / ids.mean() < 1.1
    assert 0.9 < ids.mean() / EMBEDDING_LENGTH < 1.1


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_takes_it_and_scores_a_product_that_it_never_met(name):
    """Items 5 and 6 differ in who they are alone: without an id vector, they score the same."""
    same = features()
    same[5] = same[4]
    network = NETWORKS[name](N, 5, D=D, H=1).eval()
    network.encoder.item = ItemEmbedding(same, D, has_id=[True] * 4 + [False] * 2).eval()
    histories = torch.tensor([[0, 0, 1, 2, 3], [0, 0, 0, 0, 4]])
    if name == "SASRec":
        scores = network.score_catalogue(histories)
    else:
        scores = network.score_candidates(histories, torch.arange(1, N + 1).expand(2, -1))
        scores = nn.functional.pad(scores, (1, 0))
    torch.testing.assert_close(scores[:, 5], scores[:, 6])
    assert (scores[:, 4] - scores[:, 5]).abs().min() > 1e-4


def test_weights_and_catalogue_survive_a_state_dict():
    item = embedding(has_id=[True, False] * 3)
    again = ItemEmbedding(torch.zeros(N, F), D, has_id=[False, True] * 3)
    again.load_state_dict(item.state_dict())
    assert torch.equal(again.weight, item.weight)


@pytest.mark.parametrize(
    "make, says",
    [
        (
            lambda: ItemEmbedding(torch.zeros(3), D),
            r"must be \(n_items, F\), neither of them 0, got \(3,\)",
        ),
        (lambda: ItemEmbedding(torch.zeros(0, 3), D), r"got \(0, 3\)"),
        (
            lambda: ItemEmbedding(torch.tensor([[1.0], [float("nan")]]), D),
            "hold nan for item 2, column 0",
        ),
        (lambda: embedding(has_id=[True]), r"True, False or \(6,\) bool, got \(1,\)"),
        (lambda: embedding(has_id=[0, 1, 0, 1, 0, 1]), "torch.int64"),
        (lambda: embedding(id_dropout=1.0), "from 0 to below 1, got 1.0"),
        (lambda: embedding(id_dropout=True), "got True"),
        (lambda: embedding().moved(features(), [1]), r"must be \(1, 4\), got \(6, 4\)"),
        (lambda: embedding().moved(features(), [7, 1, 1, 1, 1, 1]), "from 0 .new. to 6, got 7"),
    ],
)
def test_what_makes_no_sense_is_refused_aloud(make, says):
    with pytest.raises(ValueError, match=says):
        make()
