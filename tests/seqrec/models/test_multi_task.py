"""One encoder, three heads: the loss written out, and each head learns its law.

Needs no library but torch.
"""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from seqrec.losses import click_loss, multi_task_loss, uniform_negatives
from seqrec.models import MultiTask, SASRec
from seqrec.training import TrainConfig, train

N_ITEMS = 9
SEQUENCES = torch.tensor(
    [[0, 0, 3, 4, 7, 2], [1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 9, 1], [0, 0, 0, 0, 0, 3]]
)
OUTCOMES = torch.rand(SEQUENCES.shape, generator=torch.Generator().manual_seed(0))


def make():
    torch.manual_seed(0)
    return MultiTask(SASRec(N_ITEMS, 8, D=8, dropout=0.0), hidden=5)


def written_out(network, rows, generator):
    """The three losses by loops, one position after another."""
    pairs = []
    for row in rows.tolist():
        states = network.network.encoder(SEQUENCES[row : row + 1, :-1])[0]
        for at in range(SEQUENCES.shape[1] - 1):
            if SEQUENCES[row, at]:
                pairs.append((states[at], SEQUENCES[row, at + 1], OUTCOMES[row, at + 1]))
    negatives = uniform_negatives(
        torch.stack([target for _, target, _ in pairs]), 4, N_ITEMS, seed=generator
    )
    losses = {"next_item": [], "click": [], "outcome": []}
    for (state, target, outcome), others in zip(pairs, negatives, strict=True):
        logits = network.network.item_vectors @ state
        losses["next_item"].append(cross_entropy(logits[None], target[None] - 1))
        candidates = [int(target), *others.tolist()]
        clicks = torch.stack(
            [network.click(state, network.network.encoder.item.weight[item]) for item in candidates]
        )
        losses["click"].append(
            binary_cross_entropy_with_logits(clicks, torch.tensor([1.0, 0, 0, 0, 0]))
        )
        told = network.outcome(state, network.network.encoder.item.weight[target])
        losses["outcome"].append((told - outcome).square())
    return {task: torch.stack(of).mean() for task, of in losses.items()}


@pytest.mark.parametrize(
    "weights",
    [
        {"next_item": 1.0},
        {"click": 2.0},
        {"outcome": 3.0, "next_item": 0.0},
        {"next_item": 1.0, "click": 0.5, "outcome": 4.0},
    ],
)
def test_the_loss_is_the_weighted_sum_written_out_with_all_gradients(weights):
    rows, results = torch.tensor([1, 0, 2]), []
    loss = multi_task_loss(SEQUENCES, OUTCOMES, weights=weights)
    for kind in ("fast", "slow"):
        network, generator = make(), torch.Generator().manual_seed(5)
        if kind == "fast":
            value = loss(network, rows, generator)
        else:
            parts = written_out(network, rows, generator)
            value = sum(weight * parts[task] for task, weight in weights.items())
        value.backward()
        gradients = [torch.zeros(1) if p.grad is None else p.grad for p in network.parameters()]
        results.append([value, *(gradient.abs().sum() for gradient in gradients)])
    torch.testing.assert_close(results[0], results[1], atol=1e-5, rtol=1e-4)


def test_the_heads_answer_about_the_newest_state_for_one_item_or_several():
    network = make().eval()
    histories, items = SEQUENCES[:3, :-1], torch.tensor([[1, 2], [3, 4], [5, 5]])
    states = network.network.encoder(histories)[:, -1]
    for answer, head in (
        (network.score_candidates, network.click),
        (network.expected_outcome, network.outcome),
    ):
        told = answer(histories, items)
        for row in range(3):
            for n in range(2):
                vector = network.network.encoder.item.weight[items[row, n]]
                torch.testing.assert_close(
                    told[row, n], head(states[row], vector), atol=1e-6, rtol=1e-5
                )
    single = network.expected_outcome(histories, items[:, 0])
    torch.testing.assert_close(single, network.expected_outcome(histories, items)[:, 0])
    assert (
        click_loss(histories, items[:, 0], 2)(
            network, torch.arange(3), torch.Generator().manual_seed(0)
        )
        > 0
    )


def test_context_reaches_the_loss_at_the_place_of_its_item():
    """Row 0 of the batch is short, so columns are left out: the context must lose the same ones."""

    class Encoder(torch.nn.Module):
        item = torch.nn.Embedding(N_ITEMS + 2, 8)

        def forward(self, items, context):
            # Each item came with its own number.
            assert torch.equal(items.float()[..., None], context)
            return self.item(items)

    network = make()
    network.network.encoder = Encoder()
    context = SEQUENCES.float()[..., None]
    for rows in (torch.tensor([0, 2]), torch.tensor([2]), torch.tensor([1])):
        loss = multi_task_loss(SEQUENCES, OUTCOMES, weights={"outcome": 1.0}, context=context)
        assert loss(network, rows, None).isfinite()


def test_all_three_heads_learn_together():
    """Everybody goes round four items; the outcome is 1 where the item is even and 0 elsewhere."""
    sequences = torch.stack([(torch.arange(9) + start) % 4 + 1 for start in range(4)]).repeat(8, 1)
    outcomes = (sequences % 2 == 0).float()
    network = MultiTask(SASRec(4, 8, D=16, dropout=0.0))
    loss = multi_task_loss(
        sequences, outcomes, weights={"next_item": 1.0, "click": 1.0, "outcome": 1.0}
    )
    train(
        network,
        loss,
        32,
        TrainConfig(epochs=25, batch_size=16, learning_rate=0.01, seed=0),
        progress=False,
    )
    histories, following = sequences[:4, :-1], sequences[:4, -1]
    with torch.no_grad():
        assert torch.equal(network.network.score_catalogue(histories).argmax(dim=1), following)
        every = torch.arange(1, 5).expand(4, 4)
        assert torch.equal(
            network.eval().score_candidates(histories, every).argmax(dim=1) + 1, following
        )
        wrong_by = network.expected_outcome(histories, following) - outcomes[:4, -1]
    assert wrong_by.abs().max() < 0.15


@pytest.mark.parametrize("weights", [{}, {"next_item": 0.0}, {"next": 1.0}])
def test_no_task_and_a_misspelt_task_are_refused(weights):
    with pytest.raises(
        ValueError, match="weights must name one or more of next_item, click, outcome"
    ):
        multi_task_loss(SEQUENCES, OUTCOMES, weights=weights)
