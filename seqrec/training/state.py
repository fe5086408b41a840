"""How far a training run has come, and how it is put into a checkpoint and taken out again."""

from dataclasses import dataclass, field

import pandas as pd
import torch

from seqrec.checks import shown
from seqrec.training.averaging import trained_weights
from seqrec.training.checkpoints import save_checkpoint
from seqrec.training.moments import moments_of, put_moments, wrong_moments
from seqrec.training.progress import COLUMNS, FIELDS, best_epoch, wrong_progress
from seqrec.training.saved_tensors import differing, impossible_values

# Characters of what a checkpoint is refused for.
_SAID = 300


@dataclass
class TrainState:
    """With the network's weights and the optimiser's moments, all that it takes to go on.

    No state of a generator is among it: seeds hang on step and epoch (`seqrec.training.run`).

    step:         updates made.
    loss_sum:     over the samples that the epoch under way has seen.
    seconds:      that it has taken so far.
    history:      a dict per finished epoch.
    best_epoch:   from 1; None if nothing was monitored.
    best_weights: as of `state_dict()`; empty if there are none to restore.
    average:      of the weights (see `seqrec.training.averaging`); empty without one.
    """

    step: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    history: list = field(default_factory=list)
    best_epoch: int | None = None
    best_weights: dict = field(default_factory=dict)
    average: dict = field(default_factory=dict)

    def frame(self):
        """The history as a DataFrame, a row per finished epoch."""
        columns = self.history[0] if self.history else COLUMNS
        return pd.DataFrame(self.history, columns=list(columns))

    def end_epoch(self, row, network, config):
        """Add `row` to the history; keep a copy of the weights if none before were as good."""
        self.history.append(row)
        self.loss_sum = self.seconds = 0.0
        self.best_epoch = best_epoch(self.history, config)
        if self.best_epoch == len(self.history) and config.restore_best_weights:
            self.best_weights = {
                name: value.clone() for name, value in network.state_dict().items()
            }

    def save(self, path, network, optimizer, identity):
        """Write a checkpoint.

        path:      of the file.
        network:   whose weights are kept.
        optimizer: whose moments are kept.
        identity:  dict of what a run must have in common with this one to go on from it.
        """
        tensors = {f"weights/{name}": value for name, value in network.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in self.best_weights.items()}
        tensors |= {f"average/{name}": value for name, value in self.average.items()}
        moments = moments_of(network, optimizer)
        for kind, held in moments.items():
            tensors |= {f"moments/{kind}/{name}": value for name, value in held.items()}
        progress = {name: getattr(self, name) for name in FIELDS}
        document = {"run": identity, "progress": progress, "moments": sorted(moments["step"])}
        save_checkpoint(path, tensors, document)

    @classmethod
    def resume(cls, path, saved, network, optimizer, identity, plan):
        """Put a checkpoint's weights and moments where they belong, and return the state.

        path:      of the file, for messages.
        saved:     what `load_checkpoint` made of it.
        network:   edited in place.
        optimizer: edited in place.
        identity:  as `save` has it.
        plan:      Plan, what the run is going to do.

        Raises ValueError if the checkpoint is of another run, or contradicts itself, and changes
        nothing. Weights and moments are known by name, shape and dtype. That their values are those
        of the run can't be known.
        """
        tensors, document = saved
        _check_run(path, document, identity)
        parts = _parts(path, tensors)
        weights = network.state_dict()
        _check_weights(path, parts["weights"], weights, network)
        wrong = wrong_progress(document["progress"], plan)
        if wrong is None:
            state = cls(
                **document["progress"], best_weights=parts["best"], average=parts["average"]
            )
            wrong = _wrong_average(state, network, plan)
        if wrong is None:
            last = parts["weights"] | parts["average"]
            wrong = _wrong_best(state, last, weights, network, plan)
        if wrong is None:
            wrong = wrong_moments(
                parts["moments"], document["moments"], network, optimizer, state.step
            )
        if wrong is not None:
            raise ValueError(
                f"{path} contradicts itself: {wrong[:_SAID]}. Cure: delete it to start again, or "
                "give another path."
            )
        network.load_state_dict(parts["weights"])
        put_moments(parts["moments"], network, optimizer)
        device = next(network.parameters()).device
        state.average = {name: value.to(device) for name, value in state.average.items()}
        return state


def _check_run(path, document, identity):
    """Raise ValueError unless the document is one of `save`, of a run of this identity."""
    is_dict = isinstance(document, dict)
    if is_dict and document.keys() == {"run", "progress"}:
        raise ValueError(
            f"{path} is of an older version of seqrec, which kept moments by number: whose they "
            "are can't be known. Cure: delete it to start again, or give another path."
        )
    names = document["moments"] if is_dict and "moments" in document else None
    is_ours = (
        is_dict
        and document.keys() == {"run", "progress", "moments"}
        and isinstance(document["run"], dict)
        and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        and len(set(names)) == len(names)
    )
    if not is_ours:
        raise ValueError(
            f"{path} must hold run, progress and moments, as a training run writes them, got "
            f"{shown(document)}. Cure: delete it to start again, or give another path."
        )
    # once there was no choice
    before = {"precision": "float32", "ema_decay": None} | document["run"]
    changes = [
        f"{name} was {shown(before.get(name))}, now it is {shown(identity.get(name))}"
        for name in before | identity
        if before.get(name) != identity.get(name)
    ]
    if changes:
        raise ValueError(
            f"{path} is of another run: {'; '.join(changes)[:_SAID]}. Cure: the settings and data "
            "of before; or, to start again, delete the file or give another path."
        )


def _parts(path, tensors):
    """Weights and best weights by name, moments by kind and name."""
    parts = {"weights": {}, "best": {}, "average": {}, "moments": {}}
    for key, value in tensors.items():
        part, _, name = key.partition("/")
        if part not in parts:
            raise ValueError(
                f"{path} holds a tensor {shown(key)} that no training run writes. Cure: delete it "
                "to start again, or give another path."
            )
        if part == "moments":
            kind, _, name = name.partition("/")
            parts[part].setdefault(kind, {})[name] = value
        else:
            parts[part][name] = value
    return parts


def _check_weights(path, saved, weights, network):
    changed = differing(saved, weights)
    if changed:
        name, (was, due) = next(iter(changed.items()))
        raise ValueError(
            f"{path} is of another network, {len(changed)} of its tensors differ: "
            f"{name[:_SAID]} was {was}, now it is {due}. Cure: the settings and data of before; "
            "or, to start again, delete the file or give another path."
        )
    problem = impossible_values(saved, network)
    if problem:
        raise ValueError(
            f"{path}: {problem[:_SAID]}. Cure: delete it to start again, or give another path."
        )


def _wrong_average(state, network, plan):
    """What is wrong with the average, as a sentence without its end; None if nothing is."""
    is_kept = plan.config.ema_decay is not None and state.step > 0
    changed = differing(state.average, trained_weights(network) if is_kept else {})
    if changed:
        name, (was, due) = next(iter(changed.items()))
        return f"{name} of the average must be {due}, got {was}"
    if problem := impossible_values(state.average, network):
        return f"in the average {problem}"
    return None


def _wrong_best(state, last, weights, network, plan):
    """What is wrong with the best weights, as a sentence without its end; None if nothing is.

    last: the weights of the checkpoint, averaged if they are. weights: of the network.
    """
    best = state.best_weights
    is_kept = state.best_epoch is not None and plan.config.restore_best_weights
    changed = differing(best, weights if is_kept else {})
    if changed:
        name, (was, due) = next(iter(changed.items()))
        return f"{name} of the best weights must be {due}, got {was}"
    if problem := impossible_values(best, network):
        return f"in the best weights {problem}"
    is_last = is_kept and state.step == state.best_epoch * plan.steps_per_epoch
    if is_last and not all(torch.equal(best[name], last[name]) for name in best):
        return "the last epoch was the best one, but the best weights are not the last ones"
    return None
