"""Makes no table: the clock by which the ratios of this folder are measured."""

import time

import numpy as np


def cpu_seconds(work, repeats=5):
    """The least CPU time of several runs: what others do on the machine matters little."""
    least = np.inf
    for _ in range(repeats):
        began = time.process_time()
        work()
        least = min(least, time.process_time() - began)
    return least
