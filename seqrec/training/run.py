"""A training run under way: its epochs and steps, and the seeds of each.

`seqrec.training.train` makes one, lets it do epoch after epoch, and says what all this is for.
"""

import math
import time
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from seqrec.devices import default_generators
from seqrec.notices import LOGGER
from seqrec.training.averaging import average_in_place, update_average
from seqrec.training.callbacks import EpochReport, is_stop_wanted
from seqrec.training.checkpoints import load_checkpoint
from seqrec.training.distributed import current_ranks
from seqrec.training.optim import SCHEDULES, adamw
from seqrec.training.progress import COLUMNS, Plan
from seqrec.training.shared_loss import OwnLoss, SharedLoss
from seqrec.training.state import TrainState

# What a key is for.
_ORDER = 0
_STEP = 1


class Run:
    """A run under way. The arguments are those of `seqrec.training.train`, checked.

    Raises ValueError for what does not fit the network, its device or the number of steps, for
    ranks that were told unlike things, and for a checkpoint that is damaged or of another run.
    """

    def __init__(
        self, network, loss, n_samples, config, validate, checkpoint, checkpoint_every, callbacks
    ):
        self.network = network
        self.n_samples = n_samples
        self.config = config
        self.validate = validate
        self.optimizer = adamw(network, config.learning_rate, config.weight_decay)
        self.device = next(network.parameters()).device
        self.default_generators = default_generators(self.device)
        self.ranks = current_ranks()
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
        self.checkpoint = checkpoint and Path(checkpoint)
        self.checkpoint_every = checkpoint_every
        self.callbacks = callbacks
        self.is_stopped = False
        self.identity = {
            "n_samples": int(n_samples),
            "validated": validate is not None,
            **asdict(config),
        }
        del self.identity["compiled"]  # a run may go on otherwise
        self.ranks.check_alike(self.identity | {"the number of callbacks": len(callbacks)})
        if checkpoint and (saved := self.ranks.told_by_first(self.read_checkpoint)):
            plan = Plan(config, self.steps_per_epoch, validate is not None, self.learning_rate)
            self.state = TrainState.resume(
                self.checkpoint, saved, network, self.optimizer, self.identity, plan
            )
        if self.ranks.in_group:
            self.batch_loss = SharedLoss(network, loss, self.ranks)
        else:
            self.batch_loss = OwnLoss(network, loss)

    def reason_to_stop(self):
        """What ends the run here, between two epochs; or None."""
        if self.is_stopped:
            return "callback"
        done = len(self.state.history)
        patience = self.config.patience
        if patience and done - (self.state.best_epoch or done) >= patience:
            return "patience"
        return "epochs" if done == self.config.epochs else None

    def one_epoch(self, bar):
        """What is left of the epoch under way: steps, validation, checkpoint, callbacks."""
        state = self.state
        epoch = len(state.history) + 1
        began = time.perf_counter() - state.seconds
        shuffler = torch.Generator().manual_seed(_keys(self.config.seed, _ORDER, epoch)[0])
        order = torch.randperm(self.n_samples, generator=shuffler).to(self.device)
        batches = order.split(self.config.batch_size)
        validated = self.validated()
        self.network.train()
        for rows in batches[state.step - (epoch - 1) * self.steps_per_epoch :]:
            loss = self.one_step(rows)
            state.loss_sum += loss * len(rows)
            # Not refreshed: the bar shows it when it sees fit.
            bar.set_postfix_str(f"epoch {epoch}, loss {loss:.4f}{validated}", refresh=False)
            bar.update()
            every = self.checkpoint_every
            if every and state.step % every == 0 and state.step % self.steps_per_epoch:
                state.seconds = time.perf_counter() - began
                self.save()
        row = {"epoch": epoch, "steps": state.step, "train_loss": state.loss_sum / self.n_samples}
        row["learning_rate"] = self.learning_rate(state.step)
        with average_in_place(state.average, self.network):
            row |= self.validation()
            row["seconds"] = time.perf_counter() - began
            state.end_epoch(row, self.network, self.config)
        self.save()
        bar.set_postfix_str(f"epoch {epoch}, loss {row['train_loss']:.4f}{self.validated()}")
        with average_in_place(state.average, self.network):
            self.tell(row)

    def validated(self):
        """What the bar says of the last validation: the number that decides, or the first."""
        last = self.state.history[-1] if self.state.history else {}
        names = [name for name in last if name not in COLUMNS]
        if self.config.monitor in names:
            names = [self.config.monitor]
        return "".join(f", {name} {last[name]:.4f}" for name in names[:1])

    def tell(self, row):
        """An epoch's row of the history to the log and to the callbacks, which may want to stop."""
        if self.ranks.is_first:
            numbers = [f"{name} {row[name]:.4g}" for name in row if name not in ("epoch", "steps")]
            LOGGER.info("epoch %d of %d: %s", row["epoch"], self.config.epochs, ", ".join(numbers))
        if self.callbacks:
            self.network.eval()
            report = EpochReport(row["epoch"], dict(row), self.network)
            self.is_stopped = self.ranks.told_by_first(
                lambda: is_stop_wanted(self.callbacks, report)
            )

    def one_step(self, rows):
        """One update. rows: (B,) long. Returns the loss before it, a float.

        Raises FloatingPointError for a loss or gradient that is not finite, before the update.
        """
        step = self.state.step + 1
        dropout_key, loss_key = _keys(self.config.seed, _STEP, step)
        for generator in self.default_generators:
            generator.manual_seed(dropout_key ^ self.ranks.rank)
        self.optimizer.zero_grad()
        with self.autocast():
            loss, followed = self.batch_loss(rows, loss_key)
        followed.backward()
        weights = [
            weight
            for group in self.optimizer.param_groups
            for weight in group["params"]
            if weight.grad is not None
        ]
        norm = get_total_norm([weight.grad for weight in weights])
        rate = self.learning_rate(step)
        # The one place of a step where a GPU is waited for.
        loss, length = loss.item(), norm.item()
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
        if self.config.ema_decay is not None:
            update_average(self.state.average, self.network, step, self.config.ema_decay)
        return loss

    def autocast(self):
        """A context for the loss of a step: `config.precision`."""
        if self.config.precision == "bfloat16":
            return torch.autocast(self.device.type, torch.bfloat16)
        return nullcontext()

    def learning_rate(self, step):
        """The rate of an update, counted from 1: the peak times the schedule's factor."""
        factor = SCHEDULES[self.config.schedule](step, self.config.warmup_steps, self.total_steps)
        return self.config.learning_rate * factor

    def validation(self):
        """What `validate` says of the network as it is, a dict of floats; empty without one.

        Raises ValueError for a name that the history has already, and for a monitor that is missing
        or not finite.
        """
        if self.validate is None:
            return {}
        self.network.eval()
        metrics = self.ranks.told_by_first(self.ask)
        if taken := metrics.keys() & set(COLUMNS):
            raise ValueError(
                f"validate returns {sorted(taken)}, which the history has already. Cure: other "
                "names."
            )
        monitored = metrics.get(self.config.monitor, math.nan)
        if self.config.is_monitored and not math.isfinite(monitored):
            raise ValueError(
                f"monitor {self.config.monitor!r} is no finite number in what validate returns: "
                f"{metrics}"
            )
        return metrics

    @torch.no_grad()
    def ask(self):
        """Call `validate`, without gradients."""
        return {name: float(value) for name, value in self.validate(self.network).items()}

    def read_checkpoint(self):
        """What an earlier run left behind, or None."""
        return load_checkpoint(self.checkpoint) if self.checkpoint.exists() else None

    def save(self):
        """Write the checkpoint, if one is wanted; the first rank alone does."""
        if self.checkpoint:
            self.ranks.told_by_first(
                lambda: self.state.save(
                    self.checkpoint, self.network, self.optimizer, self.identity
                )
            )


def _keys(seed, purpose, number):
    """Two seeds that hang on all three.

    numpy's hash keeps neighbours apart, such as seeds 0 and 1, or two steps.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(purpose, number))
    return sequence.generate_state(2, np.uint64).tolist()
