"""Makes no table: prints ratios of building graphs of sessions to loops over the sessions.

python -m pytest -m benchmark -s benchmarks/bench_building_graphs.py
"""

import time

import numpy as np
import pytest
import torch

from seqrec.models.session_graph import session_graphs
from tests.seqrec.models.plain_graph import plain_graph

N_ITEMS = 50


@pytest.mark.benchmark
def test_building_graphs_is_faster_than_a_loop_over_sessions():
    """Seconds to make the graphs of 4,096 histories in batches of 128, tables included.

    The least of three counts.
    """
    torch.set_num_threads(1)
    for L in (6, 20):
        generator = torch.Generator().manual_seed(0)
        items = torch.randint(1, N_ITEMS + 1, (4_096, L), generator=generator)
        sessions = items.tolist()

        def ours(items=items):
            return [session_graphs(batch) for batch in items.split(128)]

        def loop(sessions=sessions):
            return [[torch.tensor(part) for part in plain_graph(session)] for session in sessions]

        def batched_loop(sessions=sessions, L=L):
            # As most do it: a table per session in NumPy, stacked.
            tables = []
            for session in sessions:
                nodes, alias = np.unique(session, return_inverse=True)
                count = np.zeros((L, L), np.float32)
                np.add.at(count, (alias[:-1], alias[1:]), 1)
                incoming = count.T / count.sum(axis=0).clip(1)[:, None]
                outgoing = count / count.sum(axis=1).clip(1)[:, None]
                tables.append((np.pad(nodes, (0, L - len(nodes))), incoming, outgoing))
            return [torch.from_numpy(np.stack(part)) for part in zip(*tables, strict=True)]

        taken = {}
        for work in (ours, batched_loop, loop):
            seconds = []
            for _ in range(3):
                began = time.process_time()
                work()
                seconds.append(time.process_time() - began)
            taken[work] = min(seconds)
        ratios = taken[batched_loop] / taken[ours], taken[loop] / taken[ours]
        print(
            f"\n{L} clicks: {taken[ours] / len(items) * 1e6:.1f} us a history; "
            f"NumPy, one session at a time {ratios[0]:.0f} x, plain Python {ratios[1]:.0f} x"
        )
        assert min(ratios) > 5
