"""LightGCN: propagation is the paper's matrix product, and temporal edges are edges like others."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.losses import step_loss
from seqrec.models import LightGCN, bipartite_edges, normalised_graph, temporal_edges
from seqrec.models.lightgcn import propagate
from seqrec.training import TrainConfig, train

EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=20)


def dense_graph(edges, n_nodes):
    """Edge by edge into a matrix, then divided by the roots of its row and column sums."""
    A = np.zeros((n_nodes, n_nodes))
    for hearer, heard in edges:
        A[hearer, heard] += 1
    rows, columns = (np.array([d**-0.5 if d else 0.0 for d in A.sum(axis=axis)]) for axis in (1, 0))
    return rows[:, None] * A * columns


def as_tensor(edges):
    return torch.tensor(edges, dtype=torch.long).reshape(-1, 2).T


@settings(max_examples=60, deadline=None)
@given(EDGES, st.integers(0, 4))
def test_propagation_equals_powers_of_the_dense_matrix(edges, n_layers):
    A, x = dense_graph(edges, 7), np.random.default_rng(0).normal(size=(7, 3))
    expected = [np.linalg.matrix_power(A, k) @ x for k in range(n_layers + 1)]
    graph = normalised_graph(as_tensor(edges), 7).double()
    np.testing.assert_allclose(
        propagate(graph, torch.from_numpy(x), n_layers).numpy(), expected, atol=1e-6
    )


def test_the_gradient_reaches_what_is_propagated_as_through_the_dense_matrix():
    edges = [(0, 3), (0, 4), (1, 3), (1, 3), (5, 5)]
    x, w = torch.randn(7, 3, requires_grad=True), torch.randn(7, 3)
    sparse = normalised_graph(as_tensor(edges), 7)
    gradients = [
        torch.autograd.grad((propagate(g, x, 3) * w).sum(), x)[0]
        for g in (sparse, sparse.to_dense())
    ]
    torch.testing.assert_close(*gradients)


def test_the_graph_of_clicks_is_the_papers():
    """Entry (u, i) = 1 / sqrt(|N(u)| |N(i)|), for a click, 0 elsewhere."""
    users, items = torch.tensor([0, 0, 1]), torch.tensor([1, 2, 2])
    graph = normalised_graph(bipartite_edges(users, items, 2), 5).to_dense()
    expected = torch.zeros(5, 5)
    for u, i, n_u, n_i in ((0, 2, 2, 1), (0, 3, 2, 2), (1, 3, 1, 2)):
        expected[u, i] = expected[i, u] = (n_u * n_i) ** -0.5
    torch.testing.assert_close(graph, expected)


def test_temporal_edges_join_neighbours_in_time_and_never_two_users():
    users, items = torch.tensor([0, 0, 0, 1, 1, 2]), torch.tensor([1, 2, 2, 3, 1, 3])
    assert temporal_edges(users, items, 3).T.tolist() == [[3, 4], [4, 4], [5, 3]]


def test_edges_to_nodes_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="edges name nodes 0 to 7, but there are 0 to 6"):
        normalised_graph(torch.tensor([[0], [7]]), 7)


def make(reads_newest, seed=0, n_layers=2):
    users, items = torch.tensor([0, 0, 0, 1, 1]), torch.tensor([1, 2, 3, 3, 1])
    torch.manual_seed(seed)
    graph = normalised_graph(
        torch.cat([bipartite_edges(users, items, 2), temporal_edges(users, items, 2)], dim=1), 5
    )
    return LightGCN(graph, 2, 3, D=4, n_layers=n_layers, reads_newest=reads_newest)


def test_scores_are_the_papers_inner_products_of_mean_vectors():
    network = make(reads_newest=False, n_layers=3)
    A, x = network.graph.to_dense(), network.node.weight
    vectors = (x + A @ x + A @ A @ x + A @ A @ A @ x) / 4
    users = torch.tensor([1, 0, 1])
    expected = (vectors[users] @ vectors[2:].T).log_softmax(dim=1)
    torch.testing.assert_close(
        network.score_catalogue(users, torch.tensor([1, 1, 2]))[:, 1:], expected
    )


def test_a_question_with_a_newest_click_adds_what_that_item_hears_but_not_the_item_itself():
    network, without = make(reads_newest=True), make(reads_newest=False)
    A, x = network.graph.to_dense(), network.node.weight
    users, newest = torch.tensor([1, 0]), torch.tensor([3, 2])
    added = network(users, newest)[0] - without(users, newest)[0]
    torch.testing.assert_close(added, ((A @ x + A @ A @ x) / 2)[1 + newest])


@pytest.mark.parametrize("reads_newest", [True, False])
def test_the_newest_click_moves_the_answer_only_where_it_is_read(reads_newest):
    one, other = make(reads_newest).score_catalogue(torch.tensor([0, 0]), torch.tensor([1, 2]))
    assert torch.equal(one, other) is not reads_newest
    torch.testing.assert_close(one.exp().sum(), torch.tensor(1.0))
    assert one[0] == -torch.inf and len(one) == 4


@pytest.mark.parametrize("reads_newest", [True, False])
def test_the_loss_is_the_mean_log_probability_of_the_targets(reads_newest):
    network, (users, newest, targets) = (
        make(reads_newest),
        torch.tensor([[0, 0, 1], [1, 2, 3], [2, 3, 1]]),
    )
    expected = -network.score_catalogue(users, newest).gather(1, targets[:, None]).mean()
    loss = step_loss(users, newest, targets)(network, torch.tensor([2, 0, 1]), None)
    torch.testing.assert_close(loss, expected)


def test_it_learns_who_clicks_what_and_what_follows_what():
    questions = torch.tensor([[0, 0, 1, 1], [1, 2, 1, 3], [2, 3, 3, 2]])
    network = make(reads_newest=True)
    config = TrainConfig(epochs=200, batch_size=4, learning_rate=0.1, weight_decay=0.0)
    train(network, step_loss(*questions), 4, config, progress=False)
    assert network.score_catalogue(*questions[:2]).argmax(dim=1).tolist() == [2, 3, 3, 2]
