"""Optimisers without torch's compiler: the same steps, and torch's own way once it is loaded."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNLOADED = "from seqrec.compiler import leave_compiler_unloaded; leave_compiler_unloaded()"
# Prints the weights after three steps of each optimiser; LATER stands before a fourth one.
STEPS = """
import sys, torch
{first}
optimisers, networks = [], []
def step(network, optimiser):
    optimiser.zero_grad()
    network(torch.ones(4, 3)).square().mean().backward()
    optimiser.step()
    optimiser.load_state_dict(optimiser.state_dict())
for kind in ("Adam", "AdamW", "SGD", "RMSprop"):
    torch.manual_seed(0)
    networks.append(torch.nn.Linear(3, 2))
    optimisers.append(getattr(torch.optim, kind)(networks[-1].parameters(), lr=0.1))
    for _ in range(3):
        step(networks[-1], optimisers[-1])
print("torch._dynamo" in sys.modules, torch.is_grad_enabled())
{later}
for network, optimiser in zip(networks, optimisers):
    step(network, optimiser)
    print([value.hex() for weight in network.parameters() for value in weight.flatten().tolist()])
print([getattr(torch.optim.Optimizer, name).__wrapped__.__dynamo_disable.__module__
       for name in ("zero_grad", "state_dict", "load_state_dict")])
"""


def told(program):
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_steps_are_torchs_bit_for_bit_before_the_compiler_is_loaded_and_after():
    loaded, *weights, marks = told(STEPS.format(first=UNLOADED, later=""))
    assert loaded == "False True"
    assert "seqrec.compiler" in marks
    later, *later_weights, later_marks = told(
        STEPS.format(first=UNLOADED, later="import torch._dynamo")
    )
    own, *own_weights, own_marks = told(STEPS.format(first="", later=""))
    assert own == "True True"
    assert weights == later_weights == own_weights
    assert later_marks == own_marks


def test_a_recommender_is_fitted_without_the_compiler():
    program = """
import sys
import numpy as np, pandas as pd
from seqrec.recommender import SASRecConfig, SequentialRecommender, TrainConfig
times = pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(60), unit="h")
log = pd.DataFrame({"user_id": np.repeat(range(10), 6), "item_id": np.arange(60) % 7,
                    "timestamp": times})
network = SASRecConfig(D=8, H=1, n_blocks=1)
SequentialRecommender(network, training=TrainConfig(epochs=1), progress=False).fit(log)
print("torch._dynamo" in sys.modules)
"""
    assert told(program)[-1] == "False"


def test_a_network_without_memory_has_the_shapes_of_another_and_needs_no_compiler():
    program = """
import sys
import torch
from torch import nn
from seqrec.compiler import without_memory
def make():
    network = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 2), nn.GRU(2, 4))
    network[0].weight.data.normal_(std=0.1)
    return network
torch.manual_seed(0)
before = torch.get_rng_state()
with without_memory():
    empty = make()
print("torch._dynamo" in sys.modules, torch.equal(before, torch.get_rng_state()))
print({weight.device.type for weight in empty.parameters()})
print(*([tuple(weight.shape) for weight in network.parameters()] for network in (empty, make())),
      sep="\\n")
"""
    unloaded, devices, shapes, wanted = told(program)
    assert unloaded == "False True"
    assert devices == "{'meta'}"
    assert shapes == wanted
