"""Trainings by several ranks, which leave a file per run and rank in a folder.

    python -m tests.seqrec.training.rank_runs FOLDER

One process loads torch and forks the ranks, because loading takes longer than all the rest. They
talk through a file and the loopback interface.
"""

import importlib
import json
import os
import signal
import sys
import time
import traceback
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

import seqrec.training.state
from seqrec.losses import cloze_loss, next_item_loss
from seqrec.models import BERT4Rec, SASRec
from seqrec.training import TrainConfig, save_checkpoint, train

#: 33 rows in batches of 8: the last batch has one row, and no batch divides by 3.
N, L, N_ITEMS = 33, 9, 20
CONFIG = TrainConfig(
    epochs=3,
    batch_size=8,
    learning_rate=0.01,
    monitor="loss",
    higher_is_better=False,
    patience=2,
    seed=3,
)
STEPS = 5  # an epoch


def sequences():
    """Rows of 2 to L items: shares of a batch hold unlike numbers of targets and empty columns."""
    generator = torch.Generator().manual_seed(1)
    items = torch.randint(1, N_ITEMS + 1, (N, L), generator=generator)
    lengths = torch.randint(2, L + 1, (N, 1), generator=generator).clamp(max=5)
    lengths[::7] = L
    return items * (torch.arange(L) >= L - lengths)


SEQUENCES = sequences()
LOSSES = {
    "softmax": lambda: next_item_loss(SEQUENCES),
    "gbce": lambda: next_item_loss(SEQUENCES, "gbce", n_negatives=3),
    "cloze": lambda: cloze_loss(SEQUENCES, 0.3, last_only=0.2),
}


def network_for(name):
    """In double precision: in single, Adam moves a bias whose gradient is 0 but for rounding."""
    torch.manual_seed(0)
    kind = BERT4Rec if name == "cloze" else SASRec
    return kind(N_ITEMS, L, D=8, n_blocks=1, dropout=0.3).double()


def validate_on(name):
    loss, rows = LOSSES[name](), torch.arange(N)
    return lambda network: {"loss": loss(network, rows, torch.Generator().manual_seed(1))}


def trained(name, folder, label, loss=None, **options):
    """Train, and note weights and history of this rank."""
    network = network_for(name)
    options = {"validate": validate_on(name)} | options
    result = train(network, loss or LOSSES[name](), N, CONFIG, progress=False, **options)
    history = result.history.drop(columns="seconds").to_dict("list")
    told = {"history": history, "best_epoch": result.best_epoch, "stopped_by": result.stopped_by}
    save_checkpoint(folder / f"{label}-{dist.get_rank()}", network.state_dict(), told)


def at_step(step, what, name="softmax", on_rank=1):
    """The loss of that name, but on one rank `what()` happens before the step."""
    loss, calls = LOSSES[name](), []

    def with_count(network, rows, generator):
        calls.append(rows)
        if len(calls) == step and dist.get_rank() == on_rank:
            what()
        return loss.with_count(network, rows, generator)

    loss_at_step = lambda *batch: with_count(*batch)[0]  # noqa: E731
    loss_at_step.with_count = with_count
    return loss_at_step


def equal_runs(folder):
    """What any number of ranks should do alike."""
    count = dist.get_world_size()
    for name in LOSSES:
        trained(name, folder, f"{name}-of-{count}")


def one_checkpoint(folder):
    """One rank stops in the second epoch, two go on; and who writes is noted."""

    def stop():
        raise InterruptedError

    path, save = folder / "checkpoint", save_checkpoint

    def noted(file, *contents):
        (folder / f"written-by-{dist.get_rank()}-of-{dist.get_world_size()}").touch()
        save(file, *contents)

    seqrec.training.state.save_checkpoint = noted
    if dist.get_world_size() == 1:
        try:
            trained(
                "cloze",
                folder,
                "",
                at_step(STEPS + 4, stop, "cloze", on_rank=0),
                checkpoint=path,
                checkpoint_every=2,
            )
        except InterruptedError:
            return
    trained("cloze", folder, "resumed", checkpoint=path)


def failing(folder, label, **options):
    """Note with which error this rank ends, and when."""
    began = time.perf_counter()
    try:
        trained("softmax", folder, label, **options)
        told = "no error"
    except (RuntimeError, ValueError, OSError) as error:
        told = f"{type(error).__name__}: {error} {' '.join(getattr(error, '__notes__', []))}"
    answer = {"told": told, "seconds": time.perf_counter() - began}
    (folder / f"{label}-{dist.get_rank()}.json").write_text(json.dumps(answer))


def killed(folder):
    failing(folder, "killed", loss=at_step(3, lambda: os.kill(os.getpid(), signal.SIGKILL)))


def stuck(folder):
    failing(folder, "stuck", loss=at_step(3, lambda: time.sleep(60)))


def raising(folder):
    """Errors of one rank that both hear of, one after the other in one group."""

    def fail(network):
        raise OSError("no space left")

    failing(folder, "first-fails", validate=fail)
    data = N if dist.get_rank() == 0 else N - 1

    def unlike():
        train(
            network_for("softmax"),
            LOSSES["softmax"](),
            data,
            CONFIG,
            validate=validate_on("softmax"),
        )

    try:
        unlike()
    except ValueError as error:
        (folder / f"unlike-{dist.get_rank()}.json").write_text(json.dumps({"told": str(error)}))


def on_ranks(count, work, folder, timeout=100):
    """`work(folder)` on `count` ranks, until all have ended; after `timeout` they are killed."""
    store = folder / f"store-{work.__name__}-{count}"
    children = []
    for rank in range(count):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                patience = timedelta(seconds=2 if work is stuck else timeout)
                dist.init_process_group(
                    "gloo", f"file://{store}", timeout=patience, rank=rank, world_size=count
                )
                work(folder)
                code = 0
            except Exception:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        children.append(child)
    until = time.monotonic() + timeout
    while children and time.monotonic() < until:
        children = [child for child in children if os.waitpid(child, os.WNOHANG)[0] == 0]
        if work is stuck and len(children) == 1:
            break  # the one that sleeps
        time.sleep(0.02)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def main(folder):
    # DistributedDataParallel would load it, in each of the forked ranks.
    importlib.import_module("torch._dynamo")
    torch.set_num_threads(1)
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    for count in (1, 2, 3):
        on_ranks(count, equal_runs, folder)
    for count in (1, 2):
        on_ranks(count, one_checkpoint, folder)
    for work in (killed, stuck, raising):
        on_ranks(2, work, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
