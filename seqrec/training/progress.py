"""How far a checkpoint says that its run had come: does it agree with itself and with the plan?

What can't be known: losses and metrics of epochs that nobody can run again, as long as the best
epoch is the one that they name.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from seqrec.checks import is_number, shown
from seqrec.training.config import TrainConfig

#: What the history says of each epoch, beside the names that validation brings.
COLUMNS = ("epoch", "steps", "train_loss", "learning_rate", "seconds")
FIELDS = ("step", "loss_sum", "seconds", "history", "best_epoch")


class Plan(NamedTuple):
    """What a run is going to do.

    config:          TrainConfig.
    steps_per_epoch: updates in an epoch.
    is_validated:    whether each epoch is.
    rate:            the learning rate of an update, counted from 1.
    """

    config: TrainConfig
    steps_per_epoch: int
    is_validated: bool
    rate: Callable[[int], float]


def best_epoch(history, config):
    """The first epoch, from 1, that was better than all before it; None if nothing is monitored.

    history: a dict per finished epoch. A row without the monitor is not judged.
    """
    if not config.is_monitored:
        return None
    sign = 1 if config.higher_is_better else -1
    best = None
    highest = -math.inf
    for epoch, row in enumerate(history, start=1):
        value = sign * row.get(config.monitor, math.nan)
        if value > highest:
            best = epoch
            highest = value
    return best


def wrong_progress(progress, plan):
    """What contradicts what, as a sentence without its end; None if nothing does.

    progress: what a checkpoint holds; anything that JSON can say.
    """
    if not isinstance(progress, dict) or progress.keys() != set(FIELDS):
        return f"progress must have the entries {', '.join(FIELDS)}, got {shown(progress)}"
    step = progress["step"]
    history = progress["history"]
    total = plan.config.epochs * plan.steps_per_epoch
    if not _is_count(step) or not 0 <= step <= total:
        return f"step must be a whole number from 0 to {total}, got {shown(step)}"
    if not isinstance(history, list) or len(history) != step // plan.steps_per_epoch:
        return (
            f"history must have a row for each of the {step // plan.steps_per_epoch} epochs that "
            f"{step} steps finish, got {shown(history)}"
        )
    for epoch, row in enumerate(history, start=1):
        if problem := _wrong_row(row, epoch, plan):
            return f"epoch {epoch} of history: {problem}"
    is_between = step == len(history) * plan.steps_per_epoch
    for name in ("loss_sum", "seconds"):
        value = progress[name]
        if not is_number(value) or (is_between and value != 0) or (name == "seconds" and value < 0):
            due = "0 between two epochs" if is_between else "a finite number"
            return f"{name} must be {due}, got {shown(value)}"
    best = best_epoch(history, plan.config)
    if progress["best_epoch"] != best or isinstance(progress["best_epoch"], bool):
        return f"best_epoch must be {best} by history, got {shown(progress['best_epoch'])}"
    return _past_patience(history, step, plan)


def _wrong_row(row, epoch, plan):
    if not isinstance(row, dict) or not set(COLUMNS) <= row.keys():
        return f"it must have {', '.join(COLUMNS)}, got {shown(row)}"
    if not plan.is_validated and row.keys() != set(COLUMNS):
        return f"nothing was validated, but it holds {shown(sorted(row.keys() - set(COLUMNS)))}"
    steps = epoch * plan.steps_per_epoch
    for name, due in (("epoch", epoch), ("steps", steps)):
        if not _is_count(row[name]) or row[name] != due:
            return f"{name} must be {due}, got {shown(row[name])}"
    for name, value in row.items():
        # What is not monitored may be NaN.
        is_free = name not in COLUMNS and name != plan.config.monitor
        is_right = isinstance(value, float) if is_free else is_number(value)
        if not is_right:
            return f"{shown(name)} must be a finite number, got {shown(value)}"
    if plan.is_validated and plan.config.is_monitored and plan.config.monitor not in row:
        return f"{shown(plan.config.monitor)} is missing"
    if row["seconds"] < 0:
        return f"seconds must be 0 or more, got {shown(row['seconds'])}"
    rate = plan.rate(steps)
    if not math.isclose(row["learning_rate"], rate, rel_tol=1e-6):
        return f"learning_rate must be {rate:g}, got {shown(row['learning_rate'])}"
    return None


def _past_patience(history, step, plan):
    patience = plan.config.patience
    if patience is None:
        return None
    # The last epoch may have ended the run.
    n_judged = len(history) - (step == len(history) * plan.steps_per_epoch)
    for done in range(1, n_judged + 1):
        best = best_epoch(history[:done], plan.config) or done
        if done - best >= patience:
            return f"patience was over after epoch {done}, but the run went on to step {step}"
    return None


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool)
