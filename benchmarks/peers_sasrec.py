"""Measures peers: sequences per CPU second that SASRec trains on, here and in two libraries.

    python -m benchmarks.peers_sasrec rectools=/path/to/its/python replay=/path/to/its/python

Each library has an environment of its own.

One thread, full softmax, D = 64, 2 blocks, 2 heads, 50 positions, batches of 128, dropout .2; 6,040
users x 51 clicks on 3,416 items drawn from a Zipf-like law (the speed does not depend on what is
clicked).

The libraries take turns, each run in a fresh process; what counts is the second epoch,
the first one warms up. Install a peer in its environment with, for example,

    pip install torch "rectools[torch]==0.19.0"
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.commands import peer

COMMON = """
import time, warnings, logging
import numpy as np, pandas as pd, torch
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)
USERS, ITEMS, L = 6_040, 3_416, 50
law = 1 / np.arange(1, ITEMS + 1) ** 0.7
law = law / law.sum()
items = np.random.default_rng(0).choice(np.arange(1, ITEMS + 1), size=(USERS, L + 1), p=law)
items[0, :] = 1 + np.arange(L + 1)
log = pd.DataFrame({"user_id": np.repeat(np.arange(USERS), L + 1), "item_id": items.ravel()})
hours = pd.to_timedelta(np.tile(np.arange(L + 1), USERS), unit="h")
log["datetime"] = pd.Timestamp("2026-01-01") + hours
marks = []
def mark(*_):
    marks.append(time.process_time())
def report():
    print("CPU_SECONDS", marks[-1] - marks[-2])
"""

OURS = """
from seqrec.losses import next_item_loss
from seqrec.models import SASRec
from seqrec.training import TrainConfig, train
network = SASRec(ITEMS, L, D=64, H=2, n_blocks=2, hidden=64, dropout=0.2)
config = TrainConfig(epochs=2, batch_size=128, restore_best_weights=False)
def after_epoch(network):
    mark()
    return {}
loss = next_item_loss(torch.from_numpy(items))
train(network, loss, USERS, config, validate=after_epoch, progress=False)
report()
"""

RECTOOLS = """
from pytorch_lightning import Callback, Trainer
from rectools.dataset import Dataset
from rectools.models import SASRecModel
class Marks(Callback):
    on_train_epoch_end = mark
def trainer():
    return Trainer(max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
                   enable_progress_bar=False, enable_model_summary=False, callbacks=[Marks()])
data = Dataset.construct(log.assign(weight=1.0))
SASRecModel(n_factors=64, n_blocks=2, n_heads=2, session_max_len=L, dropout_rate=0.2,
            loss="softmax", batch_size=128, lr=0.001, get_trainer_func=trainer).fit(data)
report()
"""

REPLAY = """
import lightning as pl
from replay.data import FeatureHint, FeatureInfo, FeatureSchema, FeatureSource, FeatureType, Dataset
from replay.data.nn import SequenceTokenizer, TensorFeatureInfo, TensorFeatureSource, TensorSchema
from replay.models.nn.sequential import SasRec
from replay.models.nn.sequential.sasrec import SasRecTrainingDataset
schema = FeatureSchema([
    FeatureInfo("user_id", FeatureType.CATEGORICAL, FeatureHint.QUERY_ID),
    FeatureInfo("item_id", FeatureType.CATEGORICAL, FeatureHint.ITEM_ID),
    FeatureInfo("datetime", FeatureType.NUMERICAL, FeatureHint.TIMESTAMP),
])
tensors = TensorSchema(TensorFeatureInfo(
    name="item_id", is_seq=True, feature_type=FeatureType.CATEGORICAL,
    feature_hint=FeatureHint.ITEM_ID,
    feature_sources=[TensorFeatureSource(FeatureSource.INTERACTIONS, "item_id")], embedding_dim=64))
sequences = SequenceTokenizer(tensors).fit_transform(Dataset(schema, interactions=log))
data = SasRecTrainingDataset(sequences, max_sequence_length=L)
loader = torch.utils.data.DataLoader(data, batch_size=128, shuffle=True)
class Marks(pl.Callback):
    on_train_epoch_end = mark
model = SasRec(tensors, block_count=2, head_count=2, max_seq_len=L, hidden_size=64,
               dropout_rate=0.2, loss_type="CE")
pl.Trainer(max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False,
           enable_progress_bar=False, enable_model_summary=False,
           callbacks=[Marks()]).fit(model, loader)
report()
"""


CODES = {"seqrec": OURS, "rectools": RECTOOLS, "replay": REPLAY}


def cpu_seconds(python, code):
    """CPU seconds of the second epoch, or an error with what the process said."""
    root = Path(__file__).resolve().parents[1]
    variables = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    variables["PYTHONPATH"] = str(root)
    done = subprocess.run(
        [python, "-c", COMMON + code], capture_output=True, text=True, env=variables
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("CPU_SECONDS")]
    if done.returncode or not lines:
        raise RuntimeError(f"{python} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return float(lines[0].split()[1])


def compare(peers, rounds=3):
    """Print CPU seconds an epoch (median of the rounds) and our ratio to each.

    peers: dict name -> python
    """
    pythons = {"seqrec": sys.executable, **peers}
    seconds = {name: [] for name in pythons}
    for number in range(rounds):
        for name, python in pythons.items():
            seconds[name].append(cpu_seconds(python, CODES[name]))
            print(
                f"round {number + 1}: {name:8s} {seconds[name][-1]:6.1f} CPU s an epoch", flush=True
            )
    ours = median(seconds["seqrec"])
    for name, values in seconds.items():
        typical = median(values)
        print(
            f"{name:8s} {typical:6.1f} CPU s, {6_040 / typical:4.0f} sequences/s, "
            f"{typical / ours:.1f} x our time"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers_sasrec",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    libraries = ("rectools", "replay")
    parser.add_argument("peers", nargs="*", type=peer(libraries), metavar="NAME=PYTHON")
    compare(dict(parser.parse_args().peers))
