"""Processes that save and read one folder of a model at once, or are killed while they save.

    python -m tests.seqrec.recommender.savers TASK FOLDER

One process loads torch and makes children, because loading takes longer than all the rest.
"""

import copy
import functools
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

import numpy as np
import torch

import seqrec.training.files
from seqrec.recommender import SequentialRecommender
from tests.seqrec.recommender.shops import going_round, small_recommender

LOG = going_round(n_users=8, n_events=4)
N_SAVES = 8
#: What a save does to the disk, one after the other: before each of these calls one is killed.
CALLS = ("open", "fsync", "replace", "unlink")


@functools.cache
def fitted():
    return small_recommender(max_len=3).fit(LOG)


def model_of(saver, save):
    """A fitted model that differs from all others, by the bias of its norm."""
    model = copy.deepcopy(fitted())
    model.network_.encoder.norm.bias.data += 1 + saver + save / 100
    return model


def together(folder):
    """Two savers, N_SAVES saves each, and two readers that read until both have ended."""
    models = [[model_of(saver, save) for save in range(N_SAVES)] for saver in range(2)]
    known = [model.score_items(LOG) for row in models for model in row]
    models[0][0].save(folder)
    savers = [child(lambda row=row: [model.save(folder) for model in row]) for row in models]

    def read():
        for _ in range(2 * N_SAVES):
            found = SequentialRecommender.load(folder, device="cpu").score_items(LOG)
            assert any(np.array_equal(found, scores) for scores in known)

    readers = [child(read), child(read)]
    for pid in savers + readers:
        _, status = os.waitpid(pid, 0)
        print("ok" if status == 0 else "failed")


def child(task):
    """The process id of a child that does it, and ends with 0 if nothing was raised."""
    pid = os.fork()
    if pid == 0:
        torch.set_num_threads(1)
        try:
            task()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def killed(folder):
    """A save in place of another model, killed before each of its calls of the system."""
    new = model_of(1, 0)
    number = 0
    while True:
        left = folder.with_name(f"moment-{number}")
        shutil.copytree(folder, left)
        pid = child(lambda left=left, number=number: save_until(new, left, number))
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            assert status == 0
            shutil.rmtree(left)
            return
        print(left.name)
        number += 1


def save_until(model, folder, number):
    """Save; the call of CALLS with this number, from 0, ends the process as `kill -9` does."""
    calls = 0

    def counting(function):
        def call(*arguments, **named):
            nonlocal calls
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)
            calls += 1
            return function(*arguments, **named)

        return call

    for name in CALLS:
        setattr(os, name, counting(getattr(os, name)))
    seqrec.training.files.open = counting(open)
    model.save(folder)


if __name__ == "__main__":
    {"together": together, "killed": killed}[sys.argv[1]](Path(sys.argv[2]))
