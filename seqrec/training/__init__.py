"""The training loop, and what it needs to go on, stop and share. Knows nothing of recommendation.

loop              `train`
run               a run under way: its epochs, its steps, and the seeds of each
config, optim     what a run is told; AdamW and its schedules
state             how far a run has come; `checkpoints` keeps that in a file
shared_loss       the loss of a batch, of one process or of several
distributed       what several processes say to each other
live_plot         the history, drawn while it grows
"""

from seqrec.training.checkpoints import load_checkpoint, save_checkpoint
from seqrec.training.config import TrainConfig
from seqrec.training.distributed import joined_ranks
from seqrec.training.loop import TrainResult, train
from seqrec.training.optim import SCHEDULES

__all__ = [
    "SCHEDULES",
    "TrainConfig",
    "TrainResult",
    "joined_ranks",
    "load_checkpoint",
    "save_checkpoint",
    "train",
]
