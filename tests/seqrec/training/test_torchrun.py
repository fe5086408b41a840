"""What people type: the benchmark by `torchrun`, on two ranks of this machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

from seqrec.data import load_movielens_1m
from seqrec.reproduce import Benchmark, judge_file
from seqrec.reproduce.benchmark import LOG, WEIGHTS
from tests.seqrec.data.small_movielens import small_files

ROOT = Path(__file__).resolve().parents[3]


def test_two_ranks_leave_one_log_one_result_and_weights_that_judge_as_told(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name, content in small_files(60).items():
        (data / name).write_bytes(content)
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--local-addr",
        "127.0.0.1",
    ]
    command += [
        "--nproc-per-node",
        "2",
        "-m",
        "tests.seqrec.training.small_benchmark",
        "movielens-1m",
    ]
    command += ["--model", "sasrec", "--data", data, "--out", tmp_path / "run", "--device", "cpu"]
    environment = os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    log = [json.loads(line)["event"] for line in (tmp_path / "run" / LOG).read_text().splitlines()]
    assert log == ["start", "epoch", "epoch", "result"] and told["epochs"] == 2
    benchmark = Benchmark(load_movielens_1m(data).interactions)
    judged = judge_file(benchmark, tmp_path / "run" / WEIGHTS, device="cpu")
    assert judged == {name: told[name] for name in judged} and len(judged) == 4
