"""Two towers: what a profile can't know, what the in-batch loss is, and what log-Q takes back."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seqrec.losses import in_batch_loss, towers_loss
from seqrec.models import TwoTower
from seqrec.models.heads import mean_so_far
from seqrec.models.two_tower import USERS
from seqrec.training import TrainConfig, train

HISTORIES = torch.tensor([[0, 0, 3, 4, 7], [1, 2, 3, 4, 5], [0, 0, 0, 0, 9], [0, 0, 0, 0, 0]])


def make(seed=0, user="profile", n_items=9, **options):
    torch.manual_seed(seed)
    return TwoTower(n_items, 12, **{"user": user, "D": 8, "H": 1} | options)


# --- The towers -----------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(5)), st.integers(0, 9))
def test_a_profile_does_not_know_the_order_and_a_sequence_tower_does(order, seed):
    history = torch.tensor([[4, 8, 1, 6, 2]])
    shuffled = history[:, list(order)]
    profile, sequence = (make(seed, user) for user in USERS)
    torch.testing.assert_close(profile.user_vectors(shuffled), profile.user_vectors(history))
    if list(order) != sorted(order):
        assert (sequence.user_vectors(shuffled) - sequence.user_vectors(history)).abs().max() > 1e-4


@pytest.mark.parametrize("user", USERS)
def test_no_position_sees_a_later_click_or_the_padding(user):
    tower = make(user=user).eval()
    before = tower(HISTORIES)
    changed = HISTORIES.clone()
    changed[:3, -1] = 8
    assert torch.equal(tower(changed)[:, :-1], before[:, :-1])
    torch.testing.assert_close(
        tower(torch.nn.functional.pad(HISTORIES, (4, 0)))[:3, -1], before[:3, -1]
    )


def test_the_mean_so_far_is_the_mean_of_the_real_positions_so_far():
    states = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(0))
    means = mean_so_far(states, HISTORIES != 0)
    for row in range(4):
        for t in range(5):
            so_far = states[row, : t + 1][HISTORIES[row, : t + 1] != 0]
            expected = so_far.mean(dim=0) if len(so_far) else torch.zeros(3)
            torch.testing.assert_close(means[row, t], expected)


@pytest.mark.parametrize("user", USERS)
def test_all_ways_to_a_score_agree_and_padding_and_mask_have_none(user):
    tower = make(user=user, dropout=0.5).train()
    scores = tower.score_catalogue(HISTORIES)
    assert tower.training and scores.shape == (4, 10) and (scores[:, 0] == -torch.inf).all()
    torch.testing.assert_close(scores.exp().sum(dim=1), torch.ones(4))
    tower.eval()
    assert tower.item_vectors.shape == (9, 8)
    everything = torch.arange(1, 10).expand(4, 9)
    torch.testing.assert_close(tower.vectors_of(everything)[0], tower.item_vectors)
    logits = tower.score_candidates(HISTORIES, everything)
    torch.testing.assert_close(logits.log_softmax(dim=1), scores[:, 1:])


def test_another_kind_of_user_is_an_error_that_lists_them():
    with pytest.raises(
        ValueError, match="user 'bag' is no kind of tower. Cure: one of profile, sequence"
    ):
        make(user="bag")


# --- The loss -------------------------------------------------------------------------------------


def slow_in_batch(logits, items, log_q):
    """Row by row, from the definition."""
    K, C = logits.shape
    losses = []
    for r in range(K):
        total = logits[r, r].exp()
        for c in range(C):
            if items[c] != items[r]:
                total = total + logits[r, c].exp() / (
                    (C - 1) * (log_q[c].exp() if log_q is not None else 1 / (C - 1))
                )
        losses.append(total.log() - logits[r, r])
    return sum(losses) / K


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=6),
    st.integers(0, 3),
    st.booleans(),
    st.integers(0, 99),
)
def test_the_in_batch_loss_and_its_gradient_equal_a_slow_loop(targets, n_more, corrected, seed):
    generator = torch.Generator().manual_seed(seed)
    items = torch.tensor(targets + [5] * max(n_more, len(targets) == 1))
    logits = torch.randn(
        len(targets), len(items), generator=generator, dtype=torch.float64, requires_grad=True
    )
    log_q = (
        torch.randn(len(items), generator=generator, dtype=torch.float64).log_softmax(0)
        if corrected
        else None
    )
    values = [way(logits, items, log_q) for way in (in_batch_loss, slow_in_batch)]
    torch.testing.assert_close(*values)
    torch.testing.assert_close(
        *(torch.autograd.grad(value, logits, retain_graph=True)[0] for value in values)
    )


def test_a_batch_of_one_and_the_same_item_has_no_negative_and_no_loss():
    logits = torch.randn(3, 3, requires_grad=True)
    loss = in_batch_loss(logits, torch.tensor([2, 2, 2]), torch.full((3,), -1.0))
    loss.backward()
    assert loss == 0 and (logits.grad == 0).all()


@pytest.mark.parametrize("n_negatives", [0, 3])
def test_the_denominator_estimates_the_sum_over_all_items_without_bias(n_negatives):
    """The mean over many batches of what stands beside exp(s+), for one fixed target."""
    generator = torch.Generator().manual_seed(0)
    n_items, K, runs = 6, 4, 1_000
    law = torch.tensor([0.0, 0.5, 0.2, 0.1, 0.1, 0.06, 0.04], dtype=torch.float64)
    scores = torch.tensor([0.0, 1.0, -1.0, 0.5, 2.0, 0.0, -0.5], dtype=torch.float64)
    others = torch.multinomial(law, runs * (K - 1), replacement=True, generator=generator).view(
        runs, K - 1
    )
    uniform = torch.randint(1, n_items + 1, (runs, n_negatives), generator=generator)
    C = K + n_negatives
    log_q = (((K - 1) * law + n_negatives / n_items) / (C - 1)).log()
    target, totals = 1, []
    for run in range(runs):
        items = torch.cat([torch.tensor([target]), others[run], uniform[run]])
        logits = scores[items].expand(1, C)
        loss = in_batch_loss(logits, items, log_q[items])
        totals.append((loss + scores[target]).exp() - scores[target].exp())
    totals = torch.stack(totals)
    expected = scores[2:].exp().sum()
    assert abs(totals.mean() - expected) < 4 * totals.std() / math.sqrt(len(totals))


class Free(torch.nn.Module):
    """One logit an item, the same for everybody."""

    n_items = 6

    def __init__(self):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(self.n_items + 1))

    def forward(self, histories):
        return torch.ones(*histories.shape, 1)

    def vectors_of(self, items):
        return self.logits[items][:, None]


def learned(corrected, n_negatives=0):
    """In-batch training on clicks that follow a law alone: softmax and law, (n_items,) each."""
    law = np.array([0.4, 0.25, 0.15, 0.1, 0.06, 0.04])
    sequences = torch.from_numpy(np.random.default_rng(0).choice(np.arange(1, 7), (500, 9), p=law))
    network = Free()
    config = TrainConfig(
        epochs=12, batch_size=16, learning_rate=0.1, weight_decay=0.0, schedule="linear"
    )
    loss = towers_loss(sequences, corrected=corrected, n_negatives=n_negatives)
    train(network, loss, len(sequences), config, progress=False)
    clicks = sequences[:, 1:].flatten().bincount(minlength=7)[1:]
    return network.logits.detach()[1:].softmax(0), clicks / clicks.sum()


@pytest.mark.parametrize("n_negatives", [0, 50])
def test_with_log_q_the_law_of_clicks_is_learned(n_negatives):
    softmax, law = learned(corrected=True, n_negatives=n_negatives)
    torch.testing.assert_close(softmax, law, atol=0.02, rtol=0)


def test_without_log_q_popularity_is_divided_out():
    softmax, law = learned(corrected=False)
    assert law.max() > 8 * law.min() and softmax.max() < 3 * softmax.min()


@pytest.mark.parametrize("n_negatives", [0, 2])
def test_the_towers_loss_asks_at_real_positions_that_are_targets(n_negatives):
    tower = make(user="sequence", n_items=9).double()
    sequences = torch.tensor([[0, 0, 3, 4], [5, 6, 1, 2], [0, 0, 0, 8]])
    is_target = torch.tensor([[0, 0, 1, 1], [1, 0, 1, 1], [0, 0, 0, 1]]).bool()
    got = towers_loss(sequences, is_target=is_target, n_negatives=n_negatives)(
        tower, torch.tensor([1, 0, 2]), torch.Generator().manual_seed(3)
    )
    # (row, place) of 1, 2 and 4: 6 is no target, 3 and 8 follow nothing.
    asked = [(1, 2), (1, 3), (0, 3)]
    users = torch.stack(
        [tower(sequences[row : row + 1, :-1])[0, place - 1] for row, place in asked]
    )
    uniform = torch.randint(1, 10, (n_negatives,), generator=torch.Generator().manual_seed(3))
    items = torch.cat([torch.tensor([1, 2, 4]), uniform])
    q = torch.zeros(10).double()
    q[[1, 2, 4]] = 1 / 3
    q = (2 * q + n_negatives / 9) / (2 + n_negatives)
    expected = slow_in_batch(users @ tower.vectors_of(items).T, items, q[items].log())
    torch.testing.assert_close(got, expected, check_dtype=False, atol=1e-6, rtol=1e-6)


def test_a_batch_with_one_target_and_nothing_to_tell_it_from_costs_nothing():
    sequences = torch.tensor([[0, 3, 4]])
    tower = make()
    loss = towers_loss(sequences)(tower, torch.tensor([0]), None)
    loss.backward()
    assert loss == 0 and all((p.grad == 0).all() for p in tower.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    ("logits", "items", "log_q", "said"),
    [
        (torch.zeros(2, 3), torch.tensor([1, 2]), None, "C of 2 or more"),
        (torch.zeros(3, 2), torch.tensor([1, 2]), None, "K at most C"),
        (torch.zeros(1, 1), torch.tensor([1]), None, r"got \(1, 1\)"),
        (torch.zeros(4), torch.tensor([1]), None, r"got \(4,\)|C of 2"),
        (torch.zeros(2, 2), torch.tensor([1, 2]), torch.zeros(3), r"\(3,\)"),
        (
            torch.zeros(2, 2),
            torch.tensor([1, 7]),
            torch.tensor([0.0, -math.inf]),
            "log_q of item 7 is -inf",
        ),
    ],
)
def test_bad_input_is_refused_with_its_shapes(logits, items, log_q, said):
    with pytest.raises(ValueError, match=said):
        in_batch_loss(logits, items, log_q)


@pytest.mark.parametrize("user", USERS)
def test_padding_and_mask_get_no_gradient(user):
    tower = make(user=user)
    towers_loss(HISTORIES, n_negatives=4)(
        tower, torch.arange(4), torch.Generator().manual_seed(0)
    ).backward()
    gradient = tower.encoder.item.weight.grad
    assert (gradient[0] == 0).all() and (gradient[10] == 0).all() and (gradient[1:10] != 0).any()


@pytest.mark.parametrize("user", USERS)
def test_it_learns_who_goes_with_what(user):
    """Even users click even items only: half of the catalogue is theirs."""
    rng = np.random.default_rng(0)
    sequences = torch.from_numpy(2 * rng.integers(1, 11, (300, 7)) - np.arange(300)[:, None] % 2)
    tower = make(user=user, n_items=20)
    config = TrainConfig(epochs=10, batch_size=32, learning_rate=0.01)
    train(tower, towers_loss(sequences), len(sequences), config, progress=False)
    found = tower.score_catalogue(sequences[:, :6]).topk(10, dim=1).indices
    assert (found % 2 == sequences[:, -1:] % 2).float().mean() > 0.98
