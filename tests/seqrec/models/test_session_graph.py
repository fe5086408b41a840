"""SR-GNN: the paper's equations in loops; blind to padding and company, and what graphs forget."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import pad

from seqrec.data import pad_left
from seqrec.losses import window_loss
from seqrec.models import SRGNN
from seqrec.models.session_graph import (
    GatedGraphLayer,
    distinct_items,
    normalised_adjacency,
    session_graphs,
)
from seqrec.recommender import SRGNNConfig
from seqrec.training import TrainConfig, train
from tests.seqrec.models.plain_graph import plain_graph, plain_srgnn
from tests.seqrec.recommender.shops import going_round, small_recommender

N_ITEMS = 6  # few, so that random sessions repeat items
SESSIONS = st.lists(
    st.lists(st.integers(1, N_ITEMS), min_size=1, max_size=9), min_size=1, max_size=5
)


def batch(sessions, width=None):
    """(B, L) long, padded on the left."""
    return torch.from_numpy(pad_left(sessions, width or max(map(len, sessions))))


def make(seed=0, max_len=9, **settings):
    """In double precision, no weight zero, so that none can be left out unnoticed."""
    torch.manual_seed(seed)
    network = SRGNN(N_ITEMS, max_len, **{"D": 4, **settings}).double().eval()
    with torch.no_grad():
        for parameter in network.parameters():
            nn.init.normal_(parameter, std=0.7)
        network.encoder.item.weight[0] = 0
    return network


@settings(max_examples=60, deadline=None)
@given(SESSIONS, st.integers(0, 3), st.integers(0, 99))
def test_it_equals_the_papers_equations_in_loops_over_sessions_and_nodes(sessions, n_steps, seed):
    network = make(seed, n_steps=n_steps)
    logits = network(batch(sessions))[:, 1:]
    expected = torch.stack([plain_srgnn(network, session) for session in sessions])
    torch.testing.assert_close(logits, expected, atol=1e-6, rtol=1e-6)


@settings(max_examples=60, deadline=None)
@given(SESSIONS)
def test_the_graphs_equal_those_from_dictionaries(sessions):
    graphs = session_graphs(batch(sessions))
    for row, session in enumerate(sessions):
        nodes, incoming, outgoing = plain_graph(session)
        n = len(nodes)
        assert graphs.nodes[row].tolist() == nodes + [0] * (graphs.nodes.shape[1] - n)
        assert graphs.visits[row, :n].tolist() == [session.count(node) for node in nodes]
        assert graphs.nodes[row, graphs.newest[row]] == session[-1]
        torch.testing.assert_close(graphs.incoming[row, :n, :n], torch.tensor(incoming))
        torch.testing.assert_close(graphs.outgoing[row, :n, :n], torch.tensor(outgoing))
        for table in (graphs.visits, graphs.incoming, graphs.outgoing):
            assert (table[row, n:] == 0).all()
        assert (graphs.incoming[row, :, n:] == 0).all() and (graphs.outgoing[row, :, n:] == 0).all()


def test_the_example_of_the_papers_second_figure():
    """v1 v2 v3 v2 v4: v2 hears v1 and v3 by a half each, and speaks to v3 and v4 by a half each."""
    graphs = session_graphs(torch.tensor([[1, 2, 3, 2, 4]]))
    assert graphs.incoming[0].tolist() == [
        [0, 0, 0, 0],
        [0.5, 0, 0.5, 0],
        [0, 1, 0, 0],
        [0, 1, 0, 0],
    ]
    assert graphs.outgoing[0].tolist() == [
        [0, 1, 0, 0],
        [0, 0, 0.5, 0.5],
        [0, 1, 0, 0],
        [0, 0, 0, 0],
    ]


@settings(max_examples=60, deadline=None)
@given(SESSIONS)
def test_a_repeated_item_is_one_node_and_every_click_finds_its_own(sessions):
    items = batch(sessions)
    nodes, alias = distinct_items(items)
    for row, session in enumerate(sessions):
        real = nodes[row][nodes[row] != 0].tolist()
        assert real == sorted(set(session))
    is_click = items != 0
    assert torch.equal(nodes.gather(1, alias)[is_click], items[is_click])
    assert nodes.shape[1] == max(len(set(session)) for session in sessions)


@settings(max_examples=30, deadline=None)
@given(SESSIONS, st.integers(1, 7))
def test_more_padding_changes_nothing(sessions, width):
    network, items = make(max_len=20), batch(sessions)
    torch.testing.assert_close(network(pad(items, (width, 0))), network(items), atol=1e-12, rtol=0)


@settings(max_examples=30, deadline=None)
@given(SESSIONS, st.randoms(use_true_random=False))
def test_who_else_is_in_the_batch_and_in_which_order_changes_nothing(sessions, random):
    network, items = make(), batch(sessions)
    order = list(range(len(sessions)))
    random.shuffle(order)
    logits = network(items)
    torch.testing.assert_close(network(items[order]), logits[order], atol=1e-12, rtol=0)
    alone = torch.cat([network(batch([session])) for session in sessions])
    torch.testing.assert_close(alone, logits, atol=1e-12, rtol=0)


@settings(max_examples=30, deadline=None)
@given(SESSIONS, st.permutations(range(1, N_ITEMS + 1)))
def test_what_number_an_item_has_means_nothing(sessions, numbers):
    """Items renamed, and their vectors with them: the same logits under the new names."""
    network, renamed = make(), make()
    numbers = torch.tensor([0, *numbers])
    with torch.no_grad():
        renamed.encoder.item.weight[numbers] = network.encoder.item.weight[: N_ITEMS + 1]
    items = batch(sessions)
    torch.testing.assert_close(
        renamed(numbers[items])[:, numbers], network(items), atol=1e-9, rtol=0
    )


@pytest.mark.parametrize("n_steps", [1, 3])
def test_orders_with_the_same_neighbours_and_newest_click_are_one_graph_and_get_one_answer(n_steps):
    orders = torch.tensor([[1, 2, 1, 3, 1], [1, 3, 1, 2, 1]])
    assert all(torch.equal(first, second) for first, second in session_graphs(orders))
    network = make(n_steps=n_steps)
    first, second = (network(order[None]) for order in orders)
    assert torch.equal(first, second)


def test_orders_with_other_neighbours_or_another_newest_click_do_not():
    network = make()
    first, neighbours, newest = network(torch.tensor([[1, 2, 3, 4], [2, 1, 3, 4], [1, 2, 4, 3]]))[
        :, 1:
    ]
    assert (first - neighbours).abs().max() > 1e-3 and (first - newest).abs().max() > 1e-3


def test_how_often_an_item_was_clicked_does_matter():
    once, twice = make(n_steps=0)(torch.tensor([[0, 2, 3], [2, 2, 3]]))[:, 1:]
    assert (once - twice).abs().max() > 1e-3


def test_only_the_newest_max_len_clicks_are_read():
    network, items = make(max_len=3), torch.tensor([[5, 1, 2, 3], [0, 0, 4, 4]])
    assert torch.equal(network(items), network(items[:, -3:]))
    assert not torch.equal(network(items)[0], make(max_len=4)(items)[0])


def test_a_session_of_one_click_hears_nobody_and_padding_alone_is_finite():
    network = make()
    logits = network(batch([[3]], width=5))
    torch.testing.assert_close(logits[0, 1:], plain_srgnn(network, [3]))
    graphs = session_graphs(torch.zeros(2, 4, dtype=torch.long))
    assert graphs.nodes.tolist() == [[0], [0]] and graphs.visits.tolist() == [[0], [0]]
    assert network(torch.zeros(2, 4, dtype=torch.long))[:, 1:].isfinite().all()


def test_no_history_at_all_is_an_empty_answer():
    assert make()(torch.zeros(0, 4, dtype=torch.long)).shape == (0, N_ITEMS + 1)


def test_the_gated_layer_is_pytorchs_gru_cell_where_the_two_agree():
    """They do where U is diagonal: r U v = U (r v), and 1 - sigmoid(s) = sigmoid(-s)."""
    torch.manual_seed(0)
    D, layer, cell = 4, GatedGraphLayer(4).double(), nn.GRUCell(8, 4).double()
    with torch.no_grad():
        nn.init.normal_(layer.bias)
        layer.candidate.weight.copy_(torch.diag(torch.randn(D)))
        w_z, w_r, w_o = layer.heard.weight.chunk(3)
        u_z, u_r = layer.gates.weight.chunk(2)
        cell.weight_ih.copy_(torch.cat([w_r, -w_z, w_o]))
        cell.weight_hh.copy_(torch.cat([u_r, -u_z, layer.candidate.weight]))
        nn.init.zeros_(cell.bias_ih), nn.init.zeros_(cell.bias_hh)
    graphs = session_graphs(batch([[1, 2, 1, 3], [4, 4, 5]]))
    v = torch.randn(2, graphs.nodes.shape[1], D, dtype=torch.double)
    incoming, outgoing = graphs.incoming.double(), graphs.outgoing.double()
    a = torch.cat([incoming @ layer.into(v), outgoing @ layer.out_of(v)], dim=-1) + layer.bias
    expected = cell(a.flatten(0, 1), v.flatten(0, 1)).view_as(v)
    torch.testing.assert_close(layer(v, incoming, outgoing), expected)


def test_padding_and_mask_get_no_probability_and_their_rows_no_gradient():
    network, items = make(), batch([[1, 2, 1], [3], [4, 5, 6, 6]])
    logits = network(items)
    assert (logits[:, 0] == -torch.inf).all() and logits.shape == (3, N_ITEMS + 1)
    window_loss(items, torch.tensor([4, 1, 2]))(network, torch.arange(3), None).backward()
    gradient = network.encoder.item.weight.grad
    assert (
        (gradient[0] == 0).all()
        and (gradient[-1] == 0).all()
        and (gradient[1:-1] != 0).any(dim=1).all()
    )


def test_every_weight_is_learned():
    network = make()
    window_loss(batch([[1, 2, 1], [4, 5, 6]]), torch.tensor([4, 1]))(
        network, torch.arange(2), None
    ).backward()
    assert all((weight.grad != 0).any() for weight in network.parameters())


@settings(max_examples=20, deadline=None)
@given(SESSIONS, st.integers(0, 99))
def test_the_loss_is_the_mean_log_probability_of_the_targets(sessions, seed):
    network, histories = make(seed), batch(sessions)
    targets = torch.from_numpy(np.random.default_rng(seed).integers(1, N_ITEMS + 1, len(sessions)))
    rows = torch.arange(len(sessions)).flip(0)
    expected = -network.score_catalogue(histories).gather(1, targets[:, None]).mean()
    torch.testing.assert_close(
        window_loss(histories, targets)(network, rows, None), expected, atol=1e-9, rtol=0
    )


def test_scores_are_log_probabilities_without_dropout_and_the_mode_stays():
    network, items = make(dropout=0.5), batch([[1, 2, 1], [3]])
    expected = network(items).log_softmax(dim=-1)
    scores = network.train().score_catalogue(items)
    assert network.training and torch.equal(scores, expected)


def test_it_learns_a_rule_by_heart():
    model = small_recommender(SRGNNConfig(D=16), epochs=20).fit(log := going_round())
    newest = (
        log.sort_values("timestamp")
        .groupby("user_id")["item_id"]
        .last()
        .loc[log["user_id"].unique()]
    )
    follows = {"bowl": "food", "food": "mat", "mat": "toy", "toy": "bowl"}
    assert model.recommend(log, top_k=1)[:, 0].tolist() == [follows[item] for item in newest]


def test_training_is_decided_by_the_seed():
    histories, targets = batch([[1, 2, 1], [3, 4, 4], [5, 6, 5]]), torch.tensor([2, 3, 6])

    def trained(seed):
        torch.manual_seed(seed)
        network = SRGNN(N_ITEMS, 3, D=4, dropout=0.3)
        config = TrainConfig(epochs=3, batch_size=2, seed=seed)
        train(network, window_loss(histories, targets), 3, config, progress=False)
        return network.score_catalogue(histories)

    assert torch.equal(trained(1), trained(1)) and not torch.equal(trained(1), trained(2))


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (torch.tensor([1, 2]), r"items must be \(B, L\) with L of 1 or more, got \(2,\)"),
        (torch.zeros(2, 0, dtype=torch.long), r"got \(2, 0\)"),
        (
            torch.tensor([[0, 1], [1, 0]]),
            r"items\[1\] has padding after a click: \[1, 0\]. Cure: pad on the left",
        ),
    ],
)
def test_a_batch_that_is_no_histories_is_refused(items, message):
    with pytest.raises(ValueError, match=message):
        session_graphs(items)


@pytest.mark.parametrize("wrong", [{"D": 0}, {"n_steps": -1}, {"n_steps": 1.5}, {"D": True}])
def test_settings_that_make_no_sense_are_refused_before_training(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=f"{name} must be a whole number"):
        SRGNNConfig(**wrong)


def test_arguments_are_not_edited():
    items = batch([[1, 2, 1], [3]])
    alias, before = distinct_items(items)[1], items.clone()
    kept = alias.clone()
    session_graphs(items), normalised_adjacency(alias, items != 0, 3)
    assert torch.equal(items, before) and torch.equal(alias, kept)
