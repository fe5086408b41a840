"""The training loop of every model but the two simplest baselines (see `seqrec.baselines.adam`).

    result = train(network, loss, n_samples, TrainConfig(epochs=20, patience=3), validate=validate)

A model brings what is its own: the network, the loss of a batch, and numbers that say how good it
is. The loop does what is the same for all: order, steps, learning rate, the best weights,
checkpoints.

All randomness is keyed, by (seed, epoch) or (seed, step). Nothing that happened before matters,
neither the global generators (they are left as they were found) nor an interruption: a run that was
killed goes on from its checkpoint and ends with the same bits. (On a GPU as far as the network's
own operations are deterministic.)

On several processors: call it in each of the processes that `torchrun` starts (see
`seqrec.training.distributed`), with the same arguments.
"""

import math
import time
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from tqdm.auto import tqdm

from seqrec.checks import check_count
from seqrec.devices import default_generators
from seqrec.training.checkpoints import load_checkpoint
from seqrec.training.config import TrainConfig
from seqrec.training.distributed import current_ranks
from seqrec.training.live_plot import LivePlot
from seqrec.training.optim import SCHEDULES, adamw
from seqrec.training.shared_loss import OwnLoss, SharedLoss
from seqrec.training.state import COLUMNS, TrainState

_ORDER, _STEP = 0, 1  # what a key is for


@dataclass(frozen=True)
class TrainResult:
    """What `train` returns; the weights are in the network.

    history:    a row per finished epoch: `epoch` from 1, `steps` so far, `train_loss` (mean over
                samples, each batch measured before its step), `learning_rate` of the last step,
                what `validate` said, `seconds`.
    best_epoch: whose `monitor` was best, None if nothing was monitored.
    stopped_by: "epochs" (all are done), "patience" or "interrupt" (Ctrl-C, the stop button of a
    notebook).
    """

    history: pd.DataFrame
    best_epoch: int | None
    stopped_by: str


def train(
    network, loss, n_samples, config, *,
    validate=None, checkpoint=None, checkpoint_every=None, progress=True, plot=False,
):  # fmt: skip
    """Train `network` in place, on the device where its parameters are.

    loss(network, rows, generator): mean loss of the samples `rows`, a scalar tensor. rows: (B,)
                long, on that device. generator: for negatives and masks, seeded anew for each step.
    n_samples:  `rows` are from 0..n_samples - 1, each once an epoch.
    config:     a TrainConfig. validate(network): dict of floats, asked after each epoch, in eval
    mode and without gradients. With it the network ends with its best weights (see TrainConfig),
    whatever ended the run; without it, with its last ones.
    checkpoint: a file, written after each epoch and, if asked, every `checkpoint_every` steps. If
                it is there already, the run goes on from it. It must be of the same config, network
                and n_samples; whether it is of the same data and loss nobody checks.
    progress:   whether to show a bar. plot: whether to draw the history after each epoch; needs a
                notebook.

    With several ranks each computes a share of every batch, `config.batch_size` samples in all.
    Dropout, masks and negatives then belong to samples, so the result is that of one rank, but for
    rounding, and a run may go on with another number of ranks. `loss` must tell how many targets it
    saw: `next_item_loss` and `cloze_loss` do (see `seqrec.losses.objectives.counted`). The first
    rank alone validates, shows the bar, and reads and writes the checkpoint; all end with the same
    weights. What draws without being asked, such as dropout inside a fused attention, differs from
    rank to rank.

    Ctrl-C ends the run early, and is no error; with several ranks it stays KeyboardInterrupt, and
    the checkpoint is what is left. Returns :class:`TrainResult`. Raises ValueError for arguments
    that make no sense and for a checkpoint that is damaged or of another run, and
    FloatingPointError for a loss or gradient that is not finite: the network then has the weights
    from before that step.
    """
    _check(n_samples, config, validate, checkpoint_every)
    run = _Run(network, loss, n_samples, config, validate, checkpoint, checkpoint_every)
    live_plot = LivePlot(config.monitor) if plot and run.ranks.is_first else None
    is_shown = progress and run.ranks.is_first
    bar = tqdm(total=run.total_steps, initial=run.state.step, unit="step", disable=not is_shown)
    with (
        bar,
        _left_as_found(network, run.default_generators),
        run.batch_loss.in_training(),
        _compiled(network, config.compiled),
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
        run.optimizer.zero_grad()  # frees the memory of the last gradients
        if stopped_by == "patience":
            bar.total = bar.n  # else a notebook paints the bar red, as if something had failed
        if run.state.best_weights:
            network.load_state_dict(run.state.best_weights)
    return TrainResult(run.state.frame(), run.state.best_epoch, stopped_by)


class _Run:
    """A run under way."""

    def __init__(self, network, loss, n_samples, config, validate, checkpoint, checkpoint_every):
        self.network, self.n_samples, self.config, self.validate = (
            network,
            n_samples,
            config,
            validate,
        )
        self.optimizer = adamw(network, config.learning_rate, config.weight_decay)
        self.device = next(network.parameters()).device
        self.default_generators, self.ranks = default_generators(self.device), current_ranks()
        if config.precision == "bfloat16" and self.device.type not in ("cuda", "cpu"):
            raise ValueError(
                f"precision 'bfloat16' is for cuda and cpu, the network is on {self.device.type}."
            )
        self.steps_per_epoch = math.ceil(n_samples / config.batch_size)
        self.total_steps = config.epochs * self.steps_per_epoch
        if config.warmup_steps > self.total_steps:
            raise ValueError(
                f"warmup_steps is {config.warmup_steps}, but there are {self.total_steps} steps in "
                "all."
            )
        self.state = TrainState()
        self.checkpoint, self.checkpoint_every = checkpoint and Path(checkpoint), checkpoint_every
        self.identity = {
            "n_samples": int(n_samples),
            "validated": validate is not None,
            **asdict(config),
        }
        del self.identity["compiled"]  # a run may go on otherwise
        self.ranks.check_alike(self.identity)
        if checkpoint and (saved := self.ranks.told_by_first(self.read_checkpoint)):
            self.state = TrainState.resume(
                self.checkpoint, saved, network, self.optimizer, self.identity
            )
        self.batch_loss = (
            SharedLoss(network, loss, self.ranks) if self.ranks.in_group else OwnLoss(network, loss)
        )

    def reason_to_stop(self):
        """What ends the run here, between two epochs; or None."""
        done, patience = len(self.state.history), self.config.patience
        if patience and done - (self.state.best_epoch or done) >= patience:
            return "patience"
        return "epochs" if done == self.config.epochs else None

    def one_epoch(self, bar):
        """What is left of the epoch under way: steps, validation, checkpoint."""
        state, epoch = self.state, len(self.state.history) + 1
        began = time.perf_counter() - state.seconds
        shuffler = torch.Generator().manual_seed(_keys(self.config.seed, _ORDER, epoch)[0])
        batches = (
            torch.randperm(self.n_samples, generator=shuffler)
            .to(self.device)
            .split(self.config.batch_size)
        )
        self.network.train()
        for rows in batches[state.step - (epoch - 1) * self.steps_per_epoch :]:
            loss = self.one_step(rows)
            state.loss_sum += loss * len(rows)
            bar.set_postfix_str(
                f"epoch {epoch}, loss {loss:.4f}", refresh=False
            )  # shown when the bar sees fit
            bar.update()
            if (
                self.checkpoint_every
                and state.step % self.checkpoint_every == 0
                and state.step % self.steps_per_epoch
            ):
                state.seconds = time.perf_counter() - began
                self.save()
        row = {"epoch": epoch, "steps": state.step, "train_loss": state.loss_sum / self.n_samples}
        row |= {"learning_rate": self.learning_rate(state.step)} | self.validation()
        state.end_epoch(row | {"seconds": time.perf_counter() - began}, self.network, self.config)
        self.save()

    def one_step(self, rows):
        """One update. Returns the loss before it, a float."""
        step = self.state.step + 1
        dropout_key, loss_key = _keys(self.config.seed, _STEP, step)
        for generator in self.default_generators:
            generator.manual_seed(dropout_key ^ self.ranks.rank)
        self.optimizer.zero_grad()
        with self.autocast():
            loss, followed = self.batch_loss(rows, loss_key)
        followed.backward()
        weights = [
            w
            for group in self.optimizer.param_groups
            for w in group["params"]
            if w.grad is not None
        ]
        norm = get_total_norm([weight.grad for weight in weights])
        rate, loss, length = (
            self.learning_rate(step),
            loss.item(),
            norm.item(),
        )  # the one wait for a GPU
        if not (math.isfinite(loss) and math.isfinite(length)):
            raise FloatingPointError(
                f"step {step}, learning rate {rate:g}: the loss is {loss} and the length of its "
                f"gradient {length}. The weights are those from before this step. Cure: a lower "
                "learning_rate, more warmup_steps or a smaller max_grad_norm; at step 1, look for "
                "log(0), 0 / 0 or a softmax over nothing."
            )
        if self.config.max_grad_norm and length > self.config.max_grad_norm:
            clip_grads_with_norm_(weights, self.config.max_grad_norm, norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.state.step = step
        return loss

    def autocast(self):
        return (
            torch.autocast(self.device.type, torch.bfloat16)
            if self.config.precision == "bfloat16"
            else nullcontext()
        )

    def learning_rate(self, step):
        factor = SCHEDULES[self.config.schedule](step, self.config.warmup_steps, self.total_steps)
        return self.config.learning_rate * factor

    def validation(self):
        """What `validate` says of the network as it is."""
        if self.validate is None:
            return {}
        self.network.eval()
        told = self.ranks.told_by_first(self.ask)
        if taken := told.keys() & set(COLUMNS):
            raise ValueError(
                f"validate returns {sorted(taken)}, which the history has already. Cure: other "
                "names."
            )
        if self.config.is_monitored and not math.isfinite(told.get(self.config.monitor, math.nan)):
            raise ValueError(
                f"monitor {self.config.monitor!r} is no finite number in what validate returns: "
                f"{told}"
            )
        return told

    @torch.no_grad()
    def ask(self):
        return {name: float(value) for name, value in self.validate(self.network).items()}

    def read_checkpoint(self):
        """What an earlier run left behind, or None."""
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        return load_checkpoint(self.checkpoint) if self.checkpoint.exists() else None

    def save(self):
        if self.checkpoint:
            self.ranks.told_by_first(
                lambda: self.state.save(
                    self.checkpoint, self.network, self.optimizer, self.identity
                )
            )


def _keys(seed, purpose, number):
    """Two seeds that hang on all three; numpy's hash keeps neighbours apart, such as seeds 0 and 1
    or two steps.
    """
    return (
        np.random.SeedSequence(seed, spawn_key=(purpose, number))
        .generate_state(2, np.uint64)
        .tolist()
    )


@contextmanager
def _left_as_found(network, generators):
    """Afterwards each module is in the mode, and each generator in the state, that it was in
    before.
    """
    modes, states = (
        {module: module.training for module in network.modules()},
        [g.get_state() for g in generators],
    )
    try:
        yield
    finally:
        for module, is_training in modes.items():
            module.training = is_training
        for generator, state in zip(generators, states, strict=True):
            generator.set_state(state)


@contextmanager
def _compiled(network, is_wanted):
    """Inside, the network's encoder runs as `torch.compile` makes it; shapes may differ from batch
    to batch.
    """
    part = getattr(network, "encoder", network)
    if is_wanted:
        part.forward = torch.compile(part.forward, dynamic=True)
    try:
        yield
    finally:
        if is_wanted:
            del part.forward


def _check(n_samples, config, validate, checkpoint_every):
    if not isinstance(config, TrainConfig):
        raise ValueError(f"config must be a TrainConfig, got {config!r}.")
    check_count("n_samples", n_samples)
    if checkpoint_every is not None:
        check_count("checkpoint_every", checkpoint_every)
    if config.patience and validate is None:
        raise ValueError(
            f"patience is {config.patience}, but without `validate` there is nothing to wait for."
        )
