"""The loss of two questions: written out by loops, and what each row may say."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from seqrec.losses import outcome_loss, outcome_pairs
from seqrec.models import SASRecOutcome

N_ITEMS = 9
SEQUENCES = torch.tensor(
    [[0, 0, 3, 4, 7, 2], [1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 9, 1], [0, 0, 0, 3, 3, 3]]
)
OUTCOMES = torch.rand(SEQUENCES.shape, generator=torch.Generator().manual_seed(0))
IS_TARGET = torch.rand(SEQUENCES.shape, generator=torch.Generator().manual_seed(1)) < 0.5
NOWHERE = torch.zeros_like(IS_TARGET)


def make():
    torch.manual_seed(0)
    network = SASRecOutcome(N_ITEMS, 8, D=8, dropout=0.0, head=5)
    network.scale_to(0.4, 0.3)
    return network


def written_out(network, rows, weight, is_target):
    """One position after another."""
    parts = []
    for row in rows.tolist():
        states = network.encoder(SEQUENCES[row : row + 1, :-1])[0]
        for at in range(SEQUENCES.shape[1] - 1):
            if SEQUENCES[row, at] == 0:
                continue
            item = SEQUENCES[row, at + 1]
            told = 0.4 + 0.3 * network.outcome(states[at], network.encoder.item.weight[item])
            part = weight * ((told - OUTCOMES[row, at + 1]) / 0.3).square()
            if is_target is None or is_target[row, at + 1]:
                logits = network.item_vectors @ states[at]
                part = part + cross_entropy(logits[None], item[None] - 1)
            parts.append(part)
    return torch.stack(parts).mean(), len(parts)


@pytest.mark.parametrize("is_target", [None, IS_TARGET, NOWHERE], ids=["all", "some", "none"])
@pytest.mark.parametrize("weight", [1.0, 0.25])
@pytest.mark.parametrize("rows", [[1, 0, 2], [2, 3], [3]])
def test_the_loss_is_the_mean_over_positions_written_out_with_all_gradients(
    rows, weight, is_target
):
    loss = outcome_loss(SEQUENCES, OUTCOMES, weight=weight, is_target=is_target)
    results = []
    for kind in ("fast", "slow"):
        network = make()
        if kind == "fast":
            value, count = loss.with_count(network, torch.tensor(rows), None)
            assert torch.equal(value, loss(network, torch.tensor(rows), None))
        else:
            value, count = written_out(network, torch.tensor(rows), weight, is_target)
        value.backward()
        gradients = [torch.zeros(1) if p.grad is None else p.grad for p in network.parameters()]
        results.append([torch.tensor(float(count)), value.detach(), *(g.sum() for g in gradients)])
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=1e-4)


def test_what_ended_under_padding_and_before_the_first_item_is_read_does_not_matter():
    """A NaN there would spread; shifted by one place, the outcomes would be others."""
    outcomes = OUTCOMES.clone()
    outcomes[SEQUENCES == 0] = torch.nan
    outcomes[[0, 1, 2, 3], [2, 0, 4, 3]] = torch.nan  # of each row's first item
    rows = torch.arange(4)
    network = make()
    of_these = outcome_loss(SEQUENCES, outcomes, weight=1.0)(network, rows, None)
    assert torch.equal(of_these, outcome_loss(SEQUENCES, OUTCOMES, weight=1.0)(network, rows, None))


def test_item_and_outcome_of_a_pair_are_of_one_click_that_the_state_has_not_read():
    network = make().eval()
    states, items, ended = outcome_pairs(network, SEQUENCES, OUTCOMES)
    k = 0
    for row, sequence in enumerate(SEQUENCES):
        for at in range(len(sequence) - 1):
            if sequence[at] == 0:
                continue
            alone = network.encoder(SEQUENCES[row : row + 1, :-1])[0, at]
            torch.testing.assert_close(states[k], alone)
            assert items[k] == sequence[at + 1]
            assert ended[k] == OUTCOMES[row, at + 1]
            k += 1
    assert k == len(states) == len(items) == len(ended)
