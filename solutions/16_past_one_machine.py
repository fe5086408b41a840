# %% [markdown]
# # 16 · Past one machine
#
# Everything so far ran on one laptop. One day a log won't fit. This chapter finds out *what* stops fitting first, and then lets several processes do the work of one: with the
# same results, bit for bit where that is possible, and up to rounding where it is not.
#
# **After this chapter you can** say what a job will cost on a thousand times more data, draw random numbers that don't depend on who draws them, simulate and
# build sequences on a cluster, train one network on two ranks, and rank a million products in little memory.
#
# **You need** chapters 02, 05 and 08. **Time:** 40 minutes, exercises included.

# %%
import os
import subprocess
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from dask.distributed import Client, LocalCluster

from course import (
    calibration,
    exercise,
    guess,
    hint,
    measured,
    quiz,
    reveal,
    scoreboard,
    solution,
)
from course.figures import COLOURS, PAIR, show
from seqrec.data import build_sequences, build_sequences_at_scale, pad_left
from seqrec.losses import chunked_softmax_loss, next_item_loss
from seqrec.models import SASRec
from seqrec.training import TrainConfig, load_checkpoint, train
from zooplus_sim import ZooplusSimulator, write_journeys
from zooplus_sim.keyed_random import Channel, stream_keys, uniform

folder = Path(tempfile.mkdtemp())

# %% [markdown]
# ## 16.1 What grows with what?
#
# Four quantities grow: clicks $E$, shoppers $U$, products $V$, and the length $L$ of a history. They don't hurt in the same places.
#
# | job | work grows like | memory grows like |
# |---|---|---|
# | simulate, or read a log | $E$ | one block of shoppers |
# | build sequences | $E$, to sort $E \log E$ | one block of shoppers |
# | an epoch of SASRec | $E\,(12\,D^2 + 2\,L D)$ per block, and $E\, V D$ for the softmax | $B\,(L D + L V)$ for a batch, $V D$ for the products |
# | rank for every shopper | $U\,(\text{encoder} + V D)$ | $B\, V$ |
#
# So clicks cost *time*, evenly. Products cost time **and memory**, in the softmax and in the ranking. Length costs little until $L$ is as large as $6D$.
#
# Formulas have no constants. We measured them: every job from a hundred thousand to ten million clicks, each number in a fresh process, with one thread.
# (`python -m benchmarks.bench_scale`)

# %% tags=["nbval-check-output"]
scale = measured("16_scale")
scale.pivot(index="events", columns="task", values="cpu_seconds")[
    ["simulate", "sequences", "training", "ranking"]
]

# %% [markdown]
# **Guess:** building sequences takes twice the seconds for a hundred times the clicks. What would a thousand times more take: four times the seconds, a thousand times, or how many?

# %%
# Seconds for sequences of a thousand times the clicks: a number (times)
guess("16.1", ...)

# %% jupyter={"source_hidden": true}
fig, (left, right) = plt.subplots(1, 2, figsize=PAIR)
for (task, of), colour in zip(scale.groupby("task", sort=False), COLOURS, strict=False):
    left.loglog(of["events"], of["cpu_seconds"], "o-", color=colour, label=task)
    right.semilogx(of["events"], of["peak_mib"] / 1024, "o-", color=colour)
left.loglog([1e5, 1e7], [0.05, 5], color="0.6", ls=":", lw=1)
left.text(1.3e5, 0.03, "ten times the clicks,\nten times the time", color="0.4", size=8)
left.set(xlabel="clicks", ylabel="CPU seconds, one thread", ylim=(0.02, None))
left.legend(fontsize=8)
right.set(xlabel="clicks", ylabel="peak memory in GiB", ylim=(0, None))
fig.tight_layout()
show(
    fig,
    alt="Left: CPU seconds over clicks from 100,000 to ten million, both axes "
    "logarithmic; simulation, training and ranking end on lines of slope one, "
    "sequences are nearly flat throughout. Right: peak memory; that of simulation and "
    "sequences stops growing, training and ranking hold all sequences and grow.",
)

# %% [markdown]
# Neither can be read off the curve alone. Its flat part is the cost of *starting*: libraries, a plan, the first file. It is paid once, and whoever divides the total by the clicks pays it again for each of them. What counts
# is the **marginal cost**: the seconds that *one more* click takes. On the left that is where a curve has found the slope of the dotted line.
#
# ### Your turn (16.1) · 5 minutes


# %%
@exercise("16.1")
def projected_cost(size, sizes, costs):
    """What `size` units would cost if each further one costs what those between the two
    largest sizes did.

    size: at least the largest of sizes. sizes, costs: lists of n measured pairs, n of 2
    or more, sizes rising.
    Returns a float.
    """
    ### BEGIN SOLUTION
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    return float(costs[-1] + (size - sizes[-1]) * slope)
    ### END SOLUTION


# %%
hint("16.1")

# %% tags=["nbval-check-output"]
GOAL = 10**10  # clicks: 250 million shoppers
DOLLARS = 0.04  # for an hour of one core, a price of our time
rows = {}
for task, of in scale.groupby("task", sort=False):
    sizes, costs = of["events"].tolist(), of["cpu_seconds"].tolist()
    slope = (costs[-1] - costs[-2]) / (sizes[-1] - sizes[-2])
    hours = projected_cost(GOAL, sizes, costs) / 3600
    rows[task] = {
        "microseconds a click": slope * 1e6,
        "core hours": hours,
        "machines of 16 cores, to end in an hour": np.ceil(hours / 16),
        "dollars": hours * DOLLARS,
    }
largest = scale[scale["task"] == "sequences"].iloc[-1]
reveal("16.1", rows["sequences"]["core hours"] * 3600 / largest["cpu_seconds"])
pd.DataFrame(rows).T.round(2)

# %% [markdown]
# Ten billion clicks for the price of a coffee? For *one* epoch of a *tiny* network. The table above says how its work grows with the width $D$, nearly like $D^2$. Do the seconds?

# %% tags=["timing"]
some = torch.randint(1, 51, (256, 51), generator=torch.Generator().manual_seed(0))


def seconds_of_an_epoch(D):
    """CPU seconds at width D, the second time: the first one warms up."""
    network = SASRec(50, 50, D=D, n_blocks=1)
    config = TrainConfig(epochs=1, batch_size=128, restore_best_weights=False)
    for _ in range(2):
        began = time.process_time()
        train(network, next_item_loss(some), len(some), config, progress=False)
        took = time.process_time() - began
    return took


work = [12 * D**2 + 2 * 50 * D + 50 * D for D in (32, 256)]  # L = V = 50
factor = seconds_of_an_epoch(256) / seconds_of_an_epoch(32)
hours = rows["training"]["core hours"] * factor * 20
print(
    f"256 wide, not 32: {work[1] / work[0]:.0f} times the work by the table,", end=" "
)
print(f"{factor:.0f} times the seconds by the clock")
print(f"and 20 epochs: {hours:,.0f} core hours, {hours * DOLLARS:,.0f} dollars")

# %% [markdown]
# The seconds grow far more slowly than the work: a small network spends most of a step on calls, and large matrices use a processor better. A formula says what grows. What it costs says a clock.
#
# That is where a GPU pays. And it is a projection on paper: it leaves out the network between the machines, the disks, and whatever breaks. But it tells what to rent, and what not to worry about.
#
# ## 16.2 Blocks of shoppers
#
# A click is five numbers of eight bytes each, so ten billion clicks are $5 \cdot 8 \cdot 10^{10}$ bytes, 400 GB: too many for the memory of most machines. So they are made in **blocks**: some thousand shoppers each, a file for each block. Every process takes the next block that nobody has taken.
#
# Now, who draws the random numbers? One generator that all processes share would need a queue at its door. A generator for each block is easy, and a trap: **change the size of the blocks, and you get another log.** Then a
# result that was found on a laptop can't be found again on the cluster.
#
# The way out: a draw belongs to a *shopper*, not to a place in a stream. `stream_keys` mixes seed, channel (what is decided: the arrival, the click, ...) and shopper into a key; `uniform(keys, c)` is draw number `c` of each key, and needs none of the draws before it.
#
# ### Your turn (16.2) · 6 minutes


# %%
@exercise("16.2")
def first_draws(seed, channel, users, n):
    """The first n draws of each of some shoppers.

    seed: of the log. channel: what the draws decide, such as Channel.CLICK; draws of
    two channels have nothing to do with each other. users: (U,) ids of shoppers, any
    block of them, in any order. n: 1 or more.
    Returns (U, n): in row i the draws 0 .. n - 1 of shopper users[i], whoever else is
    in the block.
    """
    ### BEGIN SOLUTION
    keys = stream_keys(seed, channel, users)
    return np.stack([uniform(keys, c) for c in range(n)], axis=1)
    ### END SOLUTION


# %%
hint("16.2")

# %% tags=["nbval-check-output"]
alone = first_draws(7, Channel.CLICK, np.array([42]), 3)[0]
in_a_block = first_draws(7, Channel.CLICK, np.arange(40, 50), 3)[2]
print("shopper 42 alone:     ", alone.round(4))
print("shopper 42 in a block:", in_a_block.round(4))

# %% [markdown]
# The simulator draws in just this way. Let us see it hold: a log in one go, and the same log in blocks of 700, made by two worker processes. `LocalCluster` starts the workers on this machine; `Client("tcp://...")` would
# take those of a cluster, and nothing else in the cell would change.

# %%
shop = ZooplusSimulator(n_users=3_000)
in_one_go = shop.journeys(events_per_user=(10, 40), seed=1).interactions

cluster = LocalCluster(
    n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
)
client = Client(cluster)
print("watch the workers at", client.dashboard_link)
manifest = write_journeys(
    folder / "log",
    shop,
    events_per_user=(10, 40),
    seed=1,
    users_per_block=700,
    client=client,
    progress=False,
)
for block in manifest["blocks"]:
    print(f"{block['file']}: {block['rows']:6,} clicks")

# %% tags=["nbval-check-output"]
in_blocks = pd.read_parquet(sorted((folder / "log").glob("*.parquet")))
differ = (in_blocks != in_one_go).to_numpy().sum()
print(f"{len(in_blocks):,} clicks; numbers that differ from those in one go: {differ}")

# %% [markdown]
# Long jobs get killed: a power cut, a full disk, somebody else's more important job. The manifest holds a checksum for each file. Whoever runs the same line again keeps what is whole, and makes the rest anew. So let us break two files.

# %% tags=["nbval-check-output"]
first, second, *_ = sorted((folder / "log").glob("*.parquet"))
first.unlink()
second.write_bytes(second.read_bytes()[:-10])
kept = {
    path.name: path.stat().st_mtime_ns for path in (folder / "log").glob("*.parquet")
}

write_journeys(
    folder / "log",
    shop,
    events_per_user=(10, 40),
    seed=1,
    users_per_block=700,
    client=client,
    progress=False,
)
for path in sorted((folder / "log").glob("*.parquet")):
    print(
        path.name,
        "kept" if kept.get(path.name) == path.stat().st_mtime_ns else "made anew",
    )
again = pd.read_parquet(sorted((folder / "log").glob("*.parquet")))
print("numbers that differ:", (again != in_one_go).to_numpy().sum())

# %% [markdown]
# On a cluster it is one command. It is the one that you know from a laptop, with one more word:
#
# ```
# python -m zooplus_sim --users 250000000 --events 40 --out log --scheduler tcp://scheduler:8786
# ```
#
# ## 16.3 Sequences, block by block
#
# A sequence needs all clicks of *one* shopper, and nothing of the others. If no shopper is in two files, each worker reads a file, builds its sequences, writes them, and forgets them: memory is that of a file. Our blocks are so
# (`is_by_user=True`). A log that a shop wrote *day by day* is not: the clicks of a shopper lie in a hundred files, and have to be brought together first. That is a **shuffle**, and it is the expensive part of many a pipeline.

# %%
days = folder / "by_day"
days.mkdir()
in_one_go["day"] = in_one_go["timestamp"] // 86_400 % 30
for day, clicks in in_one_go.groupby("day"):
    clicks.drop(columns="day").to_parquet(days / f"{day:02}.parquet", index=False)

# %% tags=["nbval-check-output"]
plain = build_sequences(in_one_go, 20)
for name, log, is_by_user in (
    ("by user", folder / "log", True),
    ("by day", days, False),
):
    build_sequences_at_scale(
        log, folder / f"sequences {name}", max_len=20, is_by_user=is_by_user
    )
    built = pd.read_parquet(folder / f"sequences {name}").sort_values(
        "user_id", ignore_index=True
    )
    pairs = zip(built["item_sequence"], plain["item_sequence"], strict=True)
    differ = sum(not np.array_equal(one, other) for one, other in pairs)
    print(f"{name}: {len(built):,} sequences, {differ} unlike those in one go")
client.close()
cluster.close()

# %% [markdown]
# ## 16.4 One network, two ranks
#
# Training is different. A step needs the step before it, so steps can't be dealt out like blocks. But a *batch* can be. **Data parallel** training starts the same program several times; each copy is a **rank**. All have the same weights. At each step
#
# 1. every rank takes its share of the batch, and computes a gradient;
# 2. the gradients are averaged over the ranks (an *all-reduce*);
# 3. every rank takes the same step, so the weights stay the same.
#
# Is the average of the ranks' gradients the gradient of the whole batch? **Guess**, then count: rank 0 got long histories with 300 targets and a mean loss of 2, rank 1 short ones with 100 targets and a mean loss of 4. What is the mean loss of all 400?

# %%
# Mean loss of all 400 targets: a number
guess("16.2", ...)

# %% tags=["nbval-check-output"]
of_means = (2 + 4) / 2
of_all = (300 * 2 + 100 * 4) / 400
print("mean of the ranks' means:", of_means, "  mean over all targets:", of_all)
reveal("16.2", of_all)

# %% [markdown]
# Not the same. A target of rank 1 would have had three times the say of one of rank 0, only because of who sat in the same row. The ranks average whatever they are given; so each has to give the right thing.
#
# ### Your turn (16.3) · 5 minutes
#
# Library: `seqrec.training.shared_loss` does this in training.


# %%
@exercise("16.3")
def part_of_mean(mean, count, n_targets, n_ranks):
    """What a rank calls `backward` of, so that the *average* over ranks is the mean
    over the targets of all.

    mean: scalar tensor, the mean loss of this rank's targets. count: how many these
    are. n_targets: of all ranks together. n_ranks: over how many the gradients will be
    averaged. Returns a scalar tensor.
    """
    ### BEGIN SOLUTION
    return mean * (n_ranks * count / n_targets)
    ### END SOLUTION


# %%
hint("16.3")

# %% tags=["nbval-check-output"]
of_ranks = [
    part_of_mean(torch.tensor(2.0), 300, 400, 2),
    part_of_mean(torch.tensor(4.0), 100, 400, 2),
]
print("averaged over the ranks:", float(sum(of_ranks) / 2))

# %% [markdown]
# The other trap is chance, again. Dropout draws from one stream, from front to back; if a rank sees half the rows, everybody's draws change. So here, too, the numbers belong to a sample: its row, its step, its place in the history.
#
# A program for ranks is an ordinary program, run several times. `joined_ranks` finds out who else is there; the training loop of chapter 07 does the rest.

# %%
PROGRAM = """
import sys
import torch
from seqrec.training import save_checkpoint
from seqrec.losses import next_item_loss
from seqrec.training import joined_ranks
from seqrec.models import SASRec
from seqrec.training import TrainConfig, train

torch.set_num_threads(1)
with joined_ranks(device="cpu") as ranks:
    sequences = torch.load(sys.argv[1])
    torch.manual_seed(0)
    network = SASRec(50, 20, D=16, n_blocks=1, dropout=0.2)
    config = TrainConfig(epochs=2, batch_size=64, restore_best_weights=False)
    run = train(network, next_item_loss(sequences), len(sequences), config, progress=False)
    if ranks.is_first:
        save_checkpoint(sys.argv[2], network.state_dict(), {"ranks": ranks.count, "loss": run.history["train_loss"].iloc[-1]})
"""
(folder / "train.py").write_text(PROGRAM)
padded = pad_left(plain["item_sequence"], 21)
torch.save(torch.from_numpy(padded[:1_000]), folder / "sequences.pt")

root = str(resources.files("seqrec").parent)
torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
for n_ranks in (1, 2):
    done = subprocess.run(
        [
            *torchrun,
            "--nproc-per-node",
            str(n_ranks),
            folder / "train.py",
            folder / "sequences.pt",
            folder / f"weights{n_ranks}",
        ],
        env=os.environ | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])

# %% tags=["nbval-check-output"]
(one, told_one), (two, told_two) = (
    load_checkpoint(folder / f"weights{n_ranks}") for n_ranks in (1, 2)
)
print(f"ranks: {told_one['ranks']} and {told_two['ranks']}")
print(f"their losses are {abs(told_one['loss'] - told_two['loss']):.5f} apart")
log_chances = []
for weights in (one, two):
    network = SASRec(50, 20, D=16, n_blocks=1)
    network.load_state_dict(weights)
    log_chances.append(
        network.eval().score_catalogue(torch.from_numpy(padded[:, 1:]))[:, 1:]
    )
gap = float((log_chances[0] - log_chances[1]).abs().max())
print(f"{log_chances[0].numel():,} log-probabilities are {gap:.4f} apart at most")

# %% [markdown]
# One rank and two do not give the same bits: two halves of a sum, added at the end, are rounded in another order. But the same network, for every purpose. Do the *weights* agree as well?

# %%
pd.Series(
    {name: float((one[name] - two[name]).abs().max()) for name in one},
    name="largest gap",
).nlargest(4).to_frame()

# %% [markdown]
# All but one tensor, to seven decimals: `project.bias` holds the bias of the *keys*. It adds the same number to all scores of a query, and a softmax does not see that. So its true gradient is zero; what arrives is rounding, and Adam, which divides by
# the size of a gradient, makes full steps of it. Harmless, and a good reason to compare predictions and not weights.
#
# From the shell, and on machines with GPUs:
#
# ```
# torchrun --nproc-per-node 2 train.py ...
# torchrun --nnodes 4 --nproc-per-node 8 --rdzv-backend c10d --rdzv-endpoint first-machine:29400 train.py ...
# ```
#
# ## 16.5 A million products
#
# Ranks and blocks help against many *clicks*. Many *products* hurt elsewhere: a batch of 128 histories of 50 clicks has 6,400 targets. Scores of a million products for each are 24 GiB, and the gradient once more. Two ways out, and you know the first: negatives (chapter 03).
# The second is to be exact, in chunks: the rows of the score matrix are finished one by one, gradient and all, in one buffer.

# %% tags=["nbval-check-output"]
V, D, K = 1_000_000, 16, 8
torch.manual_seed(0)
states, vectors = (
    torch.randn(K, D, requires_grad=True),
    torch.randn(V, D, requires_grad=True),
)
loss = chunked_softmax_loss(states, vectors, torch.arange(K))
loss.backward()
print(
    f"{V:,} products: loss {loss.item():.2f}, a gradient of {vectors.grad.numel():,} "
    f"numbers, the largest {vectors.grad.abs().max():.2f}"
)
print(f"scores of 6,400 targets at once would be {6_400 * V * 4 / 2**30:.0f} GiB")

# %% [markdown]
# The same in evaluation. A rank is a *count*: how many products score at least as much as the target. So nothing has to be kept.
#
# ### Your turn (16.4) · 8 minutes · *hard*


# %%
@exercise("16.4")
def ranks_in_chunks(states, vectors, targets, items_at_once=16_384):
    """The rank of each target among all items, with few scores at a time.

    states: (B, D). vectors: (V, D), one per item; an item's score is its dot product
    with the state.
    targets: (B,) rows of `vectors`, from 0. Ties count against the model, as always: an
    item that scores as much as the target stands before it. No tensor may have more
    than B * items_at_once scores.
    Returns (B,) long, 1 = best.
    """
    ### BEGIN SOLUTION
    own = (states * vectors[targets]).sum(dim=1, keepdim=True)  # (B, 1)
    better = torch.zeros_like(targets)
    for start in range(0, len(vectors), items_at_once):
        # (B, at most items_at_once)
        scores = states @ vectors[start : start + items_at_once].T
        inside = (targets >= start) & (targets < start + scores.shape[1])
        # The target is no rival of its own
        scores[inside, targets[inside] - start] = -torch.inf
        better += (scores >= own).sum(dim=1)
    return better + 1
    ### END SOLUTION


# %%
hint("16.4")

# %% tags=["nbval-check-output"]
toy_states, toy_vectors = torch.tensor([[1.0], [-1.0]]), torch.arange(10.0)[:, None]
print(
    "an upward and a downward taste, target 7:",
    ranks_in_chunks(toy_states, toy_vectors, torch.tensor([7, 7]), 4).tolist(),
)

# %%
began = time.perf_counter()
ranks = ranks_in_chunks(states.detach(), vectors.detach(), torch.arange(K))
print(
    f"{K} ranks among {V:,} products in {time.perf_counter() - began:.2f} s, with "
    f"{K * 16_384 * 4 / 2**20:.1f} MiB of scores at a time"
)

# %% [markdown]
# ## 16.6 Where to go from here
#
# | you have | begin with |
# |---|---|
# | thirty learners | a JupyterHub: the section *JupyterHub* of `TEACHING.md` has the lines for its image, and the link to hand out |
# | several machines | `dask scheduler` on one, `dask worker tcp://scheduler:8786 --nthreads 1` on the others, then `--scheduler` with its address |
# | Kubernetes | Dask Gateway, `helm install dask-gateway dask-gateway --repo https://helm.dask.org`; `Gateway().new_cluster().get_client()` is a `client` for the cells of this chapter |
# | a machine with GPUs | its own build of PyTorch, then `torchrun --nproc-per-node GPUS -m seqrec.reproduce ...`, or a program such as this chapter's |
#
# And before any of it: measure. A laptop does ten million clicks in minutes. Most logs are not too large, they are read too often.
#
# ## Key ideas
#
# - Extrapolate by marginal cost. The cost of starting is not a cost per click.
# - Clicks cost time. Products cost time and memory. Know which of the two you have many of.
# - A draw belongs to a shopper or a sample, never to a worker. Then results don't depend on who computed them.
# - A mean of means is not a mean, unless all counts are equal.
# - What can be counted needn't be stored.

# %%
scoreboard("16")
calibration("16")

# %%
quiz("16.1")

# %%
quiz("16.2")

# %%
quiz("16.3")

# %% [markdown]
# **Go further.** Dean & Ghemawat (2004), [*MapReduce: Simplified Data Processing on Large Clusters*](https://doi.org/10.1145/1327452.1327492). Rocklin (2015), *Dask: Parallel Computation with Blocked Algorithms and Task Scheduling.* Li et al. (2020), [*PyTorch Distributed: Experiences on
# Accelerating Data Parallel Training*](https://arxiv.org/abs/2006.15704). Salmon et al. (2011), [*Parallel Random Numbers: As Easy as 1, 2, 3*](https://doi.org/10.1145/2063384.2063405).
#
# **Open task.** Two ranks share the work, and wait for each other at each step. From which width on are two ranks faster than one, by the clock, on your machine? Change `D` in the program of 16.4, and measure. We don't know the answer.
