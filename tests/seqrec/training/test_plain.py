"""The bare loop: what is left of `train` when everything else is switched off."""

import pytest
import torch

from seqrec.training import TrainConfig, plain_train, train


def regression():
    """A network, and a loss of its rows that draws nothing."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    inputs = torch.randn(20, 3)
    targets = inputs.prod(dim=1)

    def loss(network, rows, generator):
        return (network(inputs[rows]).squeeze(1) - targets[rows]).square().mean()

    return network, loss


def test_train_gives_the_same_weights_where_all_else_is_left_out():
    network, loss = regression()
    config = TrainConfig(
        epochs=5, batch_size=20, learning_rate=0.01, weight_decay=0.0, max_grad_norm=None
    )
    history = train(network, loss, 20, config, progress=False).history
    bare, loss = regression()
    means = plain_train(
        bare,
        loss,
        20,
        torch.optim.AdamW(bare.parameters(), lr=0.01, weight_decay=0.0),
        epochs=5,
        batch_size=20,  # all rows: their order changes nothing but the rounding
        generator=torch.Generator().manual_seed(0),
    )
    assert means == pytest.approx(history["train_loss"].tolist(), rel=1e-4)
    for mine, theirs in zip(bare.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)


def test_each_row_is_seen_once_an_epoch_in_another_order():
    network, loss = regression()
    seen = []

    def watched(network, rows, generator):
        seen.append(rows)
        return loss(network, rows, generator)

    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    generator = torch.Generator().manual_seed(0)
    plain_train(network, watched, 20, optimizer, epochs=2, batch_size=8, generator=generator)
    assert [len(rows) for rows in seen] == [8, 8, 4, 8, 8, 4]
    first, second = torch.cat(seen[:3]), torch.cat(seen[3:])
    assert first.sort()[0].tolist() == second.sort()[0].tolist() == list(range(20))
    assert first.tolist() != second.tolist()
