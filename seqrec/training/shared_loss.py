"""The loss of a batch: of this process alone, or of a batch that several ranks share.

Shared, each rank computes a share of the rows, and DistributedDataParallel averages the gradients
of the ranks while they are made. What is wanted is the gradient of the mean over all targets of the
batch,

    sum over ranks of sum_r / N        N:     targets of all ranks
                                       sum_r: of the losses of rank r's targets

so rank r follows sum_r R / N, for the average over R ranks is the sum divided by R. (The mean of
the ranks' means is something else: a rank with short histories would have as much to say as one
with long ones.)
"""

from contextlib import nullcontext

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from seqrec.devices import new_generator
from seqrec.row_draws import RowDraws, dropout_draws_from, keyed_dropout


class OwnLoss:
    """The loss of one process: everything is computed here.

    network: an nn.Module with a parameter.
    loss:    as `seqrec.training.train` has it.
    """

    def __init__(self, network, loss):
        self.network = network
        self.loss = loss
        self.generator = new_generator(next(network.parameters()).device)

    def __call__(self, rows, seed):
        """Returns the loss of the batch, and what to call `backward` of: the same."""
        loss = checked(self.loss(self.network, rows, self.generator.manual_seed(seed)))
        return loss, loss

    def in_training(self):
        """A context for the time of training: nothing has to change."""
        return nullcontext()


class SharedLoss:
    """The loss of several ranks: each computes its share.

    Draws of dropout and loss belong to samples, so the number of ranks changes nothing.

    network: an nn.Module with a parameter.
    loss:    as `seqrec.training.train` has it, under `seqrec.losses.objectives.counted`.
    ranks:   a `seqrec.training.distributed.Ranks` in a process group.

    Raises ValueError for a loss that does not tell the number of its targets, and for a network in
    which the rows of a batch are not independent.
    """

    def __init__(self, network, loss, ranks):
        if not hasattr(loss, "with_count"):
            raise ValueError(
                f"{loss!r} cannot be trained by several ranks: it is a mean over targets, and does "
                "not tell over how many. Cure: next_item_loss or cloze_loss, or a loss under "
                "`seqrec.losses.objectives.counted`."
            )
        if next(network.parameters()).device.type == "mps":
            raise ValueError(
                "ranks can't share a loss on mps, PyTorch has no way for them to talk there. Cure: "
                "cpu."
            )
        for name, module in network.named_modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm) and not isinstance(
                module, nn.SyncBatchNorm
            ):
                raise ValueError(
                    f"{name} is a BatchNorm: it would see a rank's rows only. Cure: LayerNorm."
                )
        self.network = network
        self.ranks = ranks
        self.parallel = DistributedDataParallel(_WithCount(network, loss.with_count))

    def __call__(self, rows, seed):
        """Returns the loss of the batch, the same on all ranks, and what to call `backward` of."""
        rows = self.ranks.share(rows)
        draws = RowDraws.of_rows(seed, rows)
        with dropout_draws_from(draws):
            mean, count = self.parallel(rows, draws)
        total, n_targets = self.ranks.sums(
            torch.stack([mean.detach().double() * count, mean.new_tensor(count).double()])
        )
        return total / n_targets, part_of_mean(mean, count, n_targets, self.ranks.count)

    def in_training(self):
        """A context for the time of training: dropout draws by sample."""
        return keyed_dropout(self.network)


class _WithCount(nn.Module):
    """What DistributedDataParallel wants: a module whose `forward` uses the network."""

    def __init__(self, network, with_count):
        super().__init__()
        self.network = network
        self.with_count = with_count

    def forward(self, rows, draws):
        # There are more ranks than rows: a gradient of 0 for each weight, or the others would wait.
        if len(rows) == 0:
            return sum(0 * weight.sum() for weight in self.parameters() if weight.requires_grad), 0
        mean, count = self.with_count(self.network, rows, draws)
        return checked(mean), count


def part_of_mean(mean, count, n_targets, n_ranks):
    """What a rank follows, so that the average over ranks is the mean over the targets of all.

    mean:      scalar, over this rank's targets.
    count:     of this rank's targets.
    n_targets: of all ranks.
    n_ranks:   how many ranks there are.

    Returns a scalar.
    """
    return mean * (n_ranks * count / n_targets)


def checked(loss):
    """`loss`; ValueError if it is no scalar tensor with a gradient."""
    if not (isinstance(loss, torch.Tensor) and loss.ndim == 0 and loss.requires_grad):
        raise ValueError(f"loss must return a scalar tensor with a gradient, got {loss!r}.")
    return loss
