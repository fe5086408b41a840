"""What every test runs under: one thread, no window, the same examples each time."""

import os

# Before numpy or torch are loaded; kernels and subprocesses inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import matplotlib
from hypothesis import settings

# Not through MPLBACKEND, which kernels would inherit and then draw nothing.
matplotlib.use("Agg")

# A busy machine is no failure, and a failure found once is found by everybody.
settings.register_profile("course", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("course")
