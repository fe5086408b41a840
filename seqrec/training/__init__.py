"""The training loop, and what it needs to go on, stop and share. Knows nothing of recommendation.

loop              `train`
plain             the same loop, bare
run               a run under way: epochs, steps, seeds; when patience is over
config, optim     what a run is told; AdamW and its schedules
state             how far it has come, and its best weights; `checkpoints` keeps that in a file
callbacks         what is told of each epoch, and may end the run
shared_loss       the loss of a batch, of one process or of several
distributed       what several processes say to each other
live_plot         the history, drawn while it grows
"""

from seqrec.training.callbacks import EpochReport
from seqrec.training.checkpoints import load_checkpoint, save_checkpoint
from seqrec.training.config import TrainConfig
from seqrec.training.distributed import joined_ranks
from seqrec.training.loop import TrainResult, train
from seqrec.training.optim import SCHEDULES
from seqrec.training.plain import plain_train

__all__ = [
    "EpochReport",
    "SCHEDULES",
    "TrainConfig",
    "TrainResult",
    "joined_ranks",
    "load_checkpoint",
    "plain_train",
    "save_checkpoint",
    "train",
]
