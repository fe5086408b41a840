"""A run that is killed at any moment, and two runs in one folder: everything whole, or refused."""

import os
import subprocess
import sys

import pytest

from tests.zooplus_sim.logs.in_bad_company import KILLS, MEETINGS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs to fork")


def attempts(kind, folder):
    """What a process of its own says about each attempt."""
    command = [sys.executable, "-m", "tests.zooplus_sim.logs.in_bad_company", kind, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


@pytest.mark.parametrize("kind", ["killed_files", "killed_folders"])
def test_what_was_killed_at_any_moment_ends_as_if_it_had_not_been(kind, tmp_path):
    assert len(attempts(kind, tmp_path)) == KILLS


def test_of_two_runs_in_one_folder_one_is_refused_and_the_other_is_whole(tmp_path):
    assert len(attempts("two", tmp_path)) == MEETINGS
