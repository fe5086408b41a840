"""How far a training run has come, and how it is put into a checkpoint and taken out again."""

from dataclasses import dataclass, field

import pandas as pd

from seqrec.training.checkpoints import save_checkpoint

#: What the history says of each epoch, beside the names that validation brings.
COLUMNS = ("epoch", "steps", "train_loss", "learning_rate", "seconds")


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
    """

    step: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    history: list = field(default_factory=list)
    best_epoch: int | None = None
    best_weights: dict = field(default_factory=dict)

    def frame(self):
        """The history as a DataFrame, a row per finished epoch."""
        columns = self.history[0] if self.history else COLUMNS
        return pd.DataFrame(self.history, columns=list(columns))

    def end_epoch(self, row, network, config):
        """Add `row` to the history; keep a copy of the weights if none before were as good."""
        self.history.append(row)
        self.loss_sum = self.seconds = 0.0
        if config.monitor not in row or not config.is_monitored:
            return
        sign = 1 if config.higher_is_better else -1
        *before, last = [sign * row[config.monitor] for row in self.history]
        if last > max(before, default=float("-inf")):
            self.best_epoch = len(self.history)
            if config.restore_best_weights:
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
        # The index is that of the parameter among those trained.
        for index, moments in optimizer.state_dict()["state"].items():
            tensors |= {f"moments/{index}/{name}": value for name, value in moments.items()}
        progress = {name: value for name, value in vars(self).items() if name != "best_weights"}
        save_checkpoint(path, tensors, {"run": identity, "progress": progress})

    @classmethod
    def resume(cls, path, saved, network, optimizer, identity):
        """Put a checkpoint's weights and moments where they belong, and return the state.

        path:      of the file, for messages.
        saved:     what `load_checkpoint` made of it.
        network:   edited in place.
        optimizer: edited in place.
        identity:  as `save` has it.

        Raises ValueError if the checkpoint is of another run, and changes nothing.
        """
        tensors, document = saved
        cure = (
            "Cure: the settings and data of before; or, to start again, delete the file or give "
            "another path."
        )
        before = {"precision": "float32"} | document["run"]  # once there was no choice
        changed = [name for name in before | identity if before.get(name) != identity.get(name)]
        if changed:
            changes = "; ".join(
                f"{name} was {before.get(name)!r}, now it is {identity.get(name)!r}"
                for name in changed
            )
            raise ValueError(f"{path} is of another run: {changes}. {cure}")
        parts = {"weights": {}, "best": {}, "moments": {}}
        for key, value in tensors.items():
            part, name = key.split("/", 1)
            parts[part][name] = value
        saved_shapes = _shapes(parts["weights"])
        shapes = _shapes(network.state_dict())
        changed = [
            name for name in shapes | saved_shapes if saved_shapes.get(name) != shapes.get(name)
        ]
        if changed:
            name = changed[0]
            raise ValueError(
                f"{path} is of another network, {len(changed)} of its tensors differ: {name} was "
                f"{saved_shapes.get(name, 'not there')}, now it is "
                f"{shapes.get(name, 'not there')}. {cure}"
            )
        network.load_state_dict(parts["weights"])
        moments = {}
        for key, value in parts["moments"].items():
            index, name = key.split("/")
            moments.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict(optimizer.state_dict() | {"state": moments})
        return cls(**document["progress"], best_weights=parts["best"])


def _shapes(tensors):
    return {name: f"{value.dtype} {tuple(value.shape)}" for name, value in tensors.items()}
