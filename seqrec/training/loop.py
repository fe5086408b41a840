"""The training loop of every model but the two simplest baselines (see `seqrec.baselines.adam`).

    result = train(network, loss, n_samples, TrainConfig(epochs=20, patience=3), validate=validate)

A model brings what is its own: the network, the loss of a batch, and numbers that say how good it
is. The loop does what is the same for all: order, steps, learning rate, the best weights,
checkpoints (`seqrec.training.run`).

All randomness is keyed, by (seed, epoch) or (seed, step). Nothing that happened before matters,
neither the global generators (they are left as they were found) nor an interruption: a run that was
killed goes on from its checkpoint and ends with the same bits. (On a GPU as far as the network's
own operations are deterministic.)

On several processors: call it in each of the processes that `torchrun` starts (see
`seqrec.training.distributed`), with the same arguments.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import nn
from tqdm.auto import tqdm

from seqrec.checks import check_count
from seqrec.notices import LOGGER
from seqrec.training.averaging import put
from seqrec.training.callbacks import Callback, read_callbacks
from seqrec.training.config import TrainConfig
from seqrec.training.distributed import current_ranks
from seqrec.training.files import clear_leftovers, one_writer
from seqrec.training.live_plot import LivePlot
from seqrec.training.run import Run


@dataclass(frozen=True)
class TrainResult:
    """What `train` returns; the weights are in the network.

    history:    a row per finished epoch: `epoch` from 1, `steps` so far, `train_loss` (mean over
                samples, each batch measured before its step), `learning_rate` of the last step,
                what `validate` said, `seconds`.
    best_epoch: whose `monitor` was best, None if nothing was monitored.
    stopped_by: "epochs" (all are done), "patience", "callback" or "interrupt" (Ctrl-C, a notebook's
                stop button).
    """

    history: pd.DataFrame
    best_epoch: int | None
    stopped_by: str


def train(
    network: nn.Module,
    loss: Callable[..., torch.Tensor],
    n_samples: int,
    config: TrainConfig,
    *,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_every: int | None = None,
    callbacks: Sequence[Callback] | None = None,
    progress: bool = True,
    plot: bool = False,
) -> TrainResult:
    """Train `network` in place, on the device where its parameters are.

    network:          what is trained; it has at least one parameter that asks for a gradient.
    loss:             `loss(network, rows, generator)` is the mean loss of the samples `rows`, a
                      scalar tensor. rows: (B,) long, on the network's device. generator: for
                      negatives and masks, seeded anew for each step.
    n_samples:        `rows` are from 0..n_samples - 1, each once an epoch.
    config:           how it is trained.
    validate:         `validate(network)` is a dict of floats, asked for after each epoch, in eval
                      mode and without gradients. With it the network ends with its best weights
                      (see TrainConfig), whatever ended the run; without it, with its last ones.
    checkpoint:       a file, written after each epoch. If it is there already, the run goes on from
                      it. It must be of the same config, network and n_samples, and agree with
                      itself. Whether it is of the same data and loss, and whether somebody put
                      other weights into it, can't be known. One run at a time has the file.
    checkpoint_every: write it after every so many steps too.
    callbacks:        functions of an EpochReport, called after each epoch without gradients. One
                      that returns True ends the run; an exception in one is raised. They may draw
                      at random: it changes nothing.
    progress:         whether to show a bar.
    plot:             whether to draw the history after each epoch; needs a notebook.

    With several ranks each computes a share of every batch, `config.batch_size` samples in all.
    Dropout, masks and negatives then belong to samples, so the result is that of one rank, but for
    rounding, and a run may go on with another number of ranks. `loss` must tell how many targets it
    saw: `next_item_loss` and `cloze_loss` do (see `seqrec.losses.objectives.counted`). The first
    rank alone validates, shows the bar, logs, calls the callbacks, and reads and writes the
    checkpoint; all end with the same weights. What draws without being asked, such as dropout
    inside a fused attention, differs from rank to rank.

    Ctrl-C ends the run early, and is no error; with several ranks it stays KeyboardInterrupt, and
    the checkpoint is what is left. Returns :class:`TrainResult`. Raises ValueError for arguments
    that make no sense (TypeError for callbacks), and for a checkpoint that is damaged, of another
    run, or another process's at the moment; FloatingPointError for a loss or gradient that is not
    finite: the network then has the weights from before that step.
    """
    _check(n_samples, config, validate, checkpoint, checkpoint_every)
    callbacks = read_callbacks(callbacks)
    with _owned(checkpoint):
        run = Run(
            network, loss, n_samples, config, validate, checkpoint, checkpoint_every, callbacks
        )
        return _finished(run, progress, plot)


def _finished(run, progress, plot):
    """Do what is left of a run. Returns its TrainResult."""
    network = run.network
    live_plot = LivePlot(run.config.monitor) if plot and run.ranks.is_first else None
    is_shown = progress and run.ranks.is_first
    bar = tqdm(total=run.total_steps, initial=run.state.step, unit="step", disable=not is_shown)
    with (
        bar,
        _left_as_found(network, run.default_generators),
        run.batch_loss.in_training(),
        _compiled(network, run.config.compiled),
        run.ranks.named_in_errors(),
    ):
        try:
            while not (stopped_by := run.reason_to_stop()):
                run.one_epoch(bar)
                if live_plot:
                    live_plot.update(run.state.frame())
        except KeyboardInterrupt:
            if run.ranks.count > 1:
                raise  # the others may be a step ahead or behind
            stopped_by = "interrupt"
            LOGGER.warning("training was interrupted after step %d", run.state.step)
        run.optimizer.zero_grad()  # frees the memory of the last gradients
        if stopped_by in ("patience", "callback"):
            _fill(bar)
        if run.state.best_weights:
            network.load_state_dict(run.state.best_weights)
        else:
            put(run.state.average, network)
    return TrainResult(run.state.frame(), run.state.best_epoch, stopped_by)


def _fill(bar):
    """Let a bar end where it is.

    Else it stays short, and a notebook paints it red, as if something had failed. The new total
    alone would change its text, and not its length in a notebook.
    """
    if bar.disable:
        return
    done = bar.n
    began = bar.start_t
    bar.reset(total=done)
    bar.start_t = began
    bar.update(done)


@contextmanager
def _owned(checkpoint):
    """Inside, no other run has the file; its folder is there. The first rank sees to it.

    checkpoint: its path, or None.

    Raises ValueError (RankError on the other ranks) while another run has it.
    """
    ranks = current_ranks()
    with ExitStack() as held:

        def take():
            path = Path(checkpoint)
            path.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(one_writer(path, wait=0))
            clear_leftovers(path)

        if checkpoint:
            ranks.told_by_first(take)
        yield


@contextmanager
def _left_as_found(network, generators):
    """Afterwards the mode of each module and the state of each generator are those of before."""
    modes = {module: module.training for module in network.modules()}
    states = [generator.get_state() for generator in generators]
    try:
        yield
    finally:
        for module, is_training in modes.items():
            module.training = is_training
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


@contextmanager
def _compiled(network, is_wanted):
    """Inside, the network's encoder runs as `torch.compile` makes it, for shapes of any size."""
    part = getattr(network, "encoder", network)
    if is_wanted:
        part.forward = torch.compile(part.forward, dynamic=True)
    try:
        yield
    finally:
        if is_wanted:
            del part.forward


def _check(n_samples, config, validate, checkpoint, checkpoint_every):
    if not isinstance(config, TrainConfig):
        raise ValueError(f"config must be a TrainConfig, got {config!r}.")
    check_count("n_samples", n_samples)
    if checkpoint is not None and not os.fspath(checkpoint):
        raise ValueError(
            f"checkpoint must be the path of a file, got {checkpoint!r}. Cure: a name, or None for "
            "none."
        )
    if checkpoint_every is not None:
        check_count("checkpoint_every", checkpoint_every)
    if config.patience and validate is None:
        raise ValueError(
            f"patience is {config.patience}, but without `validate` there is nothing to wait for."
        )
