"""Runs that are killed in the middle, which leave a file per moment in a folder.

    python -m tests.seqrec.training.killed_run FOLDER

One process loads torch and makes a child for each moment, because loading takes longer than all the
rest.
"""

import os
import signal
import sys
from pathlib import Path

import seqrec.training.files
from tests.seqrec.training.toys import loss, trained, validate

# With CHECKPOINT_EVERY = 3, checkpoints come after steps 3, 6, 7 (end of the epoch), 9, 12, 14
# (end) and so on.
CHECKPOINT_EVERY = 3
#: Moment -> the step of the checkpoint that is left.
MOMENTS = {
    "before step 12": 9,
    "half of the checkpoint of step 12 on the disk": 9,
    "all of the checkpoint of step 14 on the disk, but for its name": 12,
    "before step 17": 15,
    "before the checkpoint of step 9 is begun": 7,
}


def kill_at(call, function, before=lambda *_: None):
    """`function`, which at its call number `call` ends the process instead, as `kill -9` does."""
    calls = 0

    def counting(*arguments):
        nonlocal calls
        calls += 1
        if calls == call:
            before(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)

    return counting


def cut_in_half(file_descriptor):
    os.ftruncate(file_descriptor, os.fstat(file_descriptor).st_size // 2)


def run(path, moment):
    batch_loss = loss
    if moment.startswith("before step"):
        batch_loss = kill_at(int(moment.split()[-1]), loss)
    elif moment.startswith("before"):
        seqrec.training.files.open = kill_at(4, open)
    elif moment.startswith("half"):
        os.fsync = kill_at(5, os.fsync, before=cut_in_half)
    else:
        os.replace = kill_at(6, os.replace)
    trained(loss=batch_loss, validate=validate, checkpoint=path, checkpoint_every=CHECKPOINT_EVERY)


def main(folder):
    for moment in MOMENTS:
        child = os.fork()
        if child == 0:
            run(Path(folder) / moment, moment)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (
            f"{moment}: {status}"
        )


if __name__ == "__main__":
    main(sys.argv[1])
