"""Several processes that train one network together: who am I, and what do we agree on?

`torchrun` starts the processes ("ranks") and tells each by environment variables who it is:

    torchrun --nproc-per-node 2 train.py

    # train.py: each rank runs all of it
    with joined_ranks() as ranks:
        # Or seqrec.training.train.
        model = SequentialRecommender(SASRecConfig(), progress=True).fit(interactions)
        if ranks.is_first:
            model.save("model")

Started by plain `python`, the same file is one process, and `joined_ranks` does nothing.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist

from seqrec.devices import best_device

TIMEOUT = timedelta(minutes=30)  # also of what the first rank does alone, such as validation


class RankError(RuntimeError):
    """The first rank failed, so this one can't go on. The first one's own error tells why."""


@dataclass(frozen=True)
class Ranks:
    """The processes that work together, and this one among them.

    rank:     of this one, from 0.
    count:    of ranks.
    in_group: whether there is a process group, be it of one; without one it is alone.
    """

    rank: int = 0
    count: int = 1
    in_group: bool = False

    @property
    def is_first(self) -> bool:
        """True for the one that writes files, shows progress and validates."""
        return self.rank == 0

    def share(self, rows: torch.Tensor) -> torch.Tensor:
        """This rank's rows of a batch: (B,) -> (b,), none where there are more ranks than rows."""
        return rows[self.rank :: self.count]

    def sums(self, numbers: torch.Tensor) -> torch.Tensor:
        """Sums over all ranks: a tensor that each has, -> a new one, the same bits everywhere."""
        sums = numbers.clone()
        if self.in_group:
            dist.all_reduce(sums)
        return sums

    def told_by_first(self, function: Callable[[], Any]) -> Any:
        """What `function()` returned to the first rank, which alone calls it.

        That may be anything that can be pickled. An exception is raised on the first rank as it is,
        and as RankError on the others.
        """
        if not self.in_group:
            return function()
        answer = None
        failure = None
        if self.is_first:
            try:
                answer = function()
            except Exception as error:
                failure = error
        message = [answer, failure and repr(failure)]
        dist.broadcast_object_list(message)
        if failure:
            raise failure
        if message[1]:
            raise RankError(f"rank {self.rank} stops, because rank 0 failed: {message[1]}")
        return message[0]

    def after_first(self, function: Callable[[], Any]) -> Any:
        """`function()` on every rank, but the first one is done before the others begin.

        So one downloads, and the others read what it left.
        """
        kept = []
        self.told_by_first(lambda: kept.append(function()))
        return kept[0] if kept else function()

    def check_alike(self, settings: dict[str, Any]) -> None:
        """Raise ValueError on every rank unless all have the same `settings`, a dict."""
        if not self.in_group:
            return
        everyone = [None] * self.count
        dist.all_gather_object(everyone, settings)
        for rank, others in enumerate(everyone):
            for name, value in everyone[0].items():
                if others[name] != value:
                    raise ValueError(
                        f"{name} is {value!r} on rank 0 and {others[name]!r} on rank {rank}. Cure: "
                        "the same data and settings on every rank."
                    )

    @contextmanager
    def named_in_errors(self) -> Iterator[None]:
        """A RuntimeError says whose it was.

        PyTorch's "connection closed by peer" is only the echo of another one.
        """
        try:
            yield
        except RuntimeError as error:
            if self.count > 1 and not isinstance(error, RankError):
                error.add_note(
                    f"This is rank {self.rank} of {self.count}. If it lost another rank, or waited "
                    "for it in vain, the cause is the error of that one, above or below in the log."
                )
            raise


def current_ranks() -> Ranks:
    """The Ranks of this process."""
    if dist.is_available() and dist.is_initialized():
        return Ranks(dist.get_rank(), dist.get_world_size(), in_group=True)
    return Ranks()


@contextmanager
def joined_ranks(
    device: torch.device | str | None = None, timeout: timedelta = TIMEOUT
) -> Iterator[Ranks]:
    """Joins the ranks that `torchrun` started, and leaves them at the end; gives the Ranks.

    Without torchrun there is one rank.

    device:  where this process will compute; None is the best there is. With "cuda" each rank of a
             machine takes a GPU of its own, which then is what "cuda" means here, and the ranks
             talk by NCCL; otherwise by Gloo. (Gloo on CPUs is what was tried; the part for GPUs was
             never run.)
    timeout: how long a rank waits for the others before it gives up with an error. One that died is
             noticed at once by Gloo; `torchrun` then ends the others.

    Raises ValueError where there are more ranks on a machine than GPUs.
    """
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ or current_ranks().in_group:
        yield current_ranks()
        return
    backend = "gloo"
    if torch.device(device or best_device()).type == "cuda":
        local = int(os.environ["LOCAL_RANK"])
        n_gpus = torch.cuda.device_count()
        if local >= n_gpus:
            raise ValueError(
                f"rank {local} of this machine has no GPU, there are {n_gpus}. Cure: "
                f"--nproc-per-node {n_gpus} or cpu."
            )
        torch.cuda.set_device(local)
        backend = "cpu:gloo,cuda:nccl"  # objects travel by the first, gradients by the second
    dist.init_process_group(backend, timeout=timeout)
    yield current_ranks()
    # Not after an error: the others may be waiting in the middle of something.
    dist.destroy_process_group()
