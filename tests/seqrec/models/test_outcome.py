"""SASRec with an outcome head: pairs, catalogue and scale; and what its configuration refuses."""

import numpy as np
import pytest
import torch

from seqrec.data import ItemIndex, read_events
from seqrec.models import SASRec, SASRecOutcome, outcome
from seqrec.recommender import SASRecConfig, SASRecOutcomeConfig
from tests.seqrec.recommender.shops import pure_noise

N_ITEMS = 7
HISTORIES = torch.tensor([[0, 0, 3, 4], [1, 2, 3, 4], [0, 0, 0, 7]])


def make(**settings):
    torch.manual_seed(0)
    network = SASRecOutcome(N_ITEMS, 6, D=8, **({"dropout": 0.0, "head": 5} | settings))
    network.scale_to(10.0, 2.0)
    return network


def plain(network, history, item):
    """mean + scale * head(state, vector), for one pair."""
    state = network.encoder(history[None])[0, -1]
    return 10.0 + 2.0 * network.outcome(state, network.encoder.item.weight[item])


@pytest.mark.parametrize("pairs_at_once", [1, 3, 14, 8192])
def test_pairs_and_catalogue_say_what_the_parts_say(pairs_at_once, monkeypatch):
    monkeypatch.setattr(outcome, "PAIRS_AT_ONCE", pairs_at_once)
    network = make(dropout=0.5).train()
    every = network.outcome_catalogue(HISTORIES)
    assert network.training  # asked in eval mode, and left as it was
    network.eval()
    with torch.no_grad():
        expected = [[plain(network, row, j) for j in range(1, N_ITEMS + 1)] for row in HISTORIES]
    expected = torch.tensor(expected)
    torch.testing.assert_close(every[:, 1:], expected)
    assert every.shape == (3, N_ITEMS + 1) and (every[:, 0] == -torch.inf).all()
    items = torch.tensor([[1, 5], [2, 2], [7, 3]])
    told = network.expected_outcome(HISTORIES, items)
    torch.testing.assert_close(told, expected.gather(1, items - 1))
    torch.testing.assert_close(network.expected_outcome(HISTORIES, items[:, 0]), told[:, 0])


def test_what_comes_next_is_drawn_as_by_a_sasrec():
    """The head is drawn last, so a SASRec of the same seed has the same encoder, bit by bit."""
    network = make()
    torch.manual_seed(0)
    other = SASRec(N_ITEMS, 6, D=8, dropout=0.0)
    assert torch.equal(network.score_catalogue(HISTORIES), other.score_catalogue(HISTORIES))


def test_extra_padding_changes_no_outcome():
    network = make().eval()
    longer = torch.nn.functional.pad(HISTORIES, (2, 0))
    torch.testing.assert_close(
        network.outcome_catalogue(longer), network.outcome_catalogue(HISTORIES)
    )


@pytest.mark.parametrize(
    ("mean", "scale", "taken"), [(3.0, 2.0, 2.0), (0.0, 0.0, 1.0), (0.1, 1.4e-17, 1.0)]
)
def test_outcomes_that_are_all_alike_have_the_scale_one(mean, scale, taken):
    network = make()
    network.scale_to(mean, scale)
    assert network.outcome_scale.item() == taken
    assert network.outcome_mean.item() == pytest.approx(mean)


def test_mean_and_scale_are_saved_with_the_weights():
    weights = make().state_dict()
    network = SASRecOutcome(N_ITEMS, 6, D=8, head=5)
    network.load_state_dict(weights)
    assert (network.outcome_mean.item(), network.outcome_scale.item()) == (10.0, 2.0)


def test_its_events_bring_mean_and_scale_and_the_rows_of_the_loss():
    log = pure_noise(n_users=9, n_events=7, n_items=N_ITEMS)
    log = log.assign(outcome=np.random.default_rng(0).normal(5, 3, len(log)))
    events, _ = read_events(log, ItemIndex().fit(range(1, N_ITEMS + 1)), with_outcomes=True)
    config = SASRecOutcomeConfig(D=8, H=1, n_blocks=1)
    network = make()
    config.prepare(network, events)
    assert network.outcome_mean.item() == pytest.approx(log["outcome"].mean())
    assert network.outcome_scale.item() == pytest.approx(log["outcome"].std(ddof=0))
    loss, n_samples = config.objective(events, 4, whole=True, device="cpu")
    # Six events behind each user's first, four to a piece.
    assert n_samples == 18
    _, count = loss.with_count(network, torch.arange(n_samples), None)
    assert count == 9 * 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"outcome_weight": 0}, "outcome_weight must be a finite number, positive, got 0"),
        ({"outcome_weight": float("nan")}, "outcome_weight must be a finite number"),
        ({"head": 0}, "head must be"),
        ({"D": 7}, "7"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_is_built(options, message):
    with pytest.raises(ValueError, match=message):
        SASRecOutcomeConfig(**options)


def test_it_alone_needs_outcomes():
    assert SASRecOutcomeConfig().needs_outcome and not SASRecConfig().needs_outcome
