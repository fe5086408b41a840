"""CPU seconds until SASRec reaches an NDCG@10 on MovieLens-1M, beside two libraries in environments
of their own.

python -m benchmarks.peers_movielens --data FOLDER rectools=/path/to/its/python
recbole=/path/to/its/python

The same split, the same width (128), two blocks of two heads, dropout .2, softmax over all items,
one thread; each run in a fresh process, and all judged on the validation events by
`seqrec.metrics`. The clock is the CPU time of training, the loading of data and the judging left
out. A run ends at the highest mark, or when its minutes are used up: then what is known is a lower
bound, and the table says so with ">".

The libraries prepare a log in their own ways, and that is part of what is compared. RecTools reads
each user's newest 200 events, in batches padded to 200. RecBole makes a sample of every prefix,
with one target each; it is given a length of 50, its default, because at 200 a single epoch would
take hours. Batch size and learning rate of each peer are the best of a search in validation (BEST,
below; --batch and --rate repeat it).

Install a peer in an environment of its own: `pip install torch "rectools[torch]==0.19.0"`, or `pip
install torch recbole==1.2.1 "numpy<2" "pandas<2.3" "scipy<1.14" "setuptools<81"`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

MARKS = (0.15, 0.17)

# Batch size and learning rate of each peer: the best of those tried, by NDCG@10 in validation after
# ~600 CPU seconds, one run each (those far behind were stopped sooner). RecTools: 32/.002 .055,
# 32/.004 .025, 16/.002 .118, 16/.001 .096, 8/.002 .040 (486 s); its default, 128/.001, .020 (320
# s). RecBole: 256/.001 .068, 256/.002 .021 (483 s), 512/.001 .018 (364 s), 256/.0005 .027 (363 s),
# 128/.001 .080, 64/.001 .090, 32/.001 .066 (360 s, when 64/.001 had .076).
BEST = {"rectools": (16, 0.002), "recbole": (64, 0.001)}

COMMON = """
import logging, os, resource, sys, time, warnings
import numpy as np, pandas as pd, torch
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)
torch.manual_seed(0)
from seqrec.metrics import full_ranking, ndcg
asked = np.load(sys.argv[1])
BUDGET, GOAL, BATCH, RATE = (float(word) for word in sys.argv[2:6])
BATCH = int(BATCH)
V = int(asked["n_items"])
learned = pd.DataFrame({name: asked["learned_" + name] for name in ("user", "item", "time")})
class Clock:
    spent, since = 0.0, None
    def start(self):
        self.since = time.process_time()
    def is_due(self, seconds):
        return time.process_time() - self.since > seconds
    def mark(self, score):
        self.spent += time.process_time() - self.since
        value = ndcg(full_ranking(score, asked["targets"], seen=asked["seen"]).ranks, 10).mean()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print("MARK", round(self.spent, 1), round(float(value), 5), round(peak), flush=True)
        if value >= GOAL or self.spent > BUDGET:
            os._exit(0)
        self.start()
clock = Clock()
"""

OURS = """
import dataclasses
from seqrec.reproduce import RECIPES
from seqrec.reproduce import Benchmark
from seqrec.data import load_movielens_1m
from seqrec.models.config import new_network
from seqrec.training import train
benchmark, recipe = Benchmark(load_movielens_1m(sys.argv[6]).interactions), RECIPES["sasrec"]
network = new_network(recipe.model, V, recipe.max_len, 0, torch.device("cpu"))
loss, n = recipe.model.objective(benchmark.learned, recipe.max_len, whole=recipe.whole, device="cpu")
histories = torch.from_numpy(asked["histories"])
def after_epoch(network):
    clock.mark(lambda rows: recipe.model.scores(network, histories[rows]).numpy())
    return {"ndcg@10": 0.0}
clock.start()
train(network, loss, n, dataclasses.replace(recipe.training, restore_best_weights=False), validate=after_epoch,
      progress=False)
"""

RECTOOLS = """
from pytorch_lightning import Callback, Trainer
from rectools.dataset import Dataset
from rectools.models import SASRecModel
log = pd.DataFrame({"user_id": learned["user"], "item_id": learned["item"], "weight": 1.0,
                    "datetime": pd.Timestamp("2026-01-01") + pd.to_timedelta(learned["time"], unit="s")})
class Marks(Callback):
    def on_train_start(self, trainer, module):
        ids = model.data_preparator.item_id_map.to_internal
        self.internal = np.zeros(V + 1, np.int64)
        self.internal[ids.index[ids.index.map(lambda i: isinstance(i, (int, np.integer)))].to_numpy(int)] = [
            value for key, value in ids.items() if isinstance(key, (int, np.integer))]
        self.histories = torch.from_numpy(self.internal[asked["histories"]])
        clock.start()
    def on_train_epoch_end(self, trainer, module):
        network = module.torch_model.eval()
        with torch.no_grad():
            vectors = network.item_model.get_all_embeddings()
            def score(rows):
                x = self.histories[rows]
                states = network.encode_sessions({"x": x}, vectors)[:, -1]
                scores = (states @ vectors.T)[:, self.internal].numpy()
                scores[:, self.internal == 0] = -np.inf
                return scores
            clock.mark(score)
        network.train()
def trainer():
    return Trainer(max_epochs=1000, accelerator="cpu", logger=False, enable_checkpointing=False,
                   enable_progress_bar=False, enable_model_summary=False, callbacks=[Marks()])
model = SASRecModel(n_factors=128, n_blocks=2, n_heads=2, session_max_len=200, dropout_rate=0.2, loss="softmax",
                    batch_size=BATCH, lr=RATE, get_trainer_func=trainer)
model.fit(Dataset.construct(log))
"""

RECBOLE = """
import tempfile
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.model.sequential_recommender import SASRec
from recbole.trainer import Trainer
folder = tempfile.mkdtemp()
os.mkdir(folder + "/log")
whole = pd.DataFrame({name: asked["whole_" + name] for name in ("user", "item", "time")})  # it holds out the same two
whole.columns = ["user_id:token", "item_id:token", "timestamp:float"]
whole.to_csv(folder + "/log/log.inter", sep="\\t", index=False)
L = 50
sys.argv = sys.argv[:1]  # RecBole would read them
config = Config(model="SASRec", dataset="log", config_dict={
    "data_path": folder, "load_col": {"inter": ["user_id", "item_id", "timestamp"]}, "MAX_ITEM_LIST_LENGTH": L,
    "n_layers": 2, "n_heads": 2, "hidden_size": 128, "inner_size": 256, "hidden_dropout_prob": 0.2,
    "attn_dropout_prob": 0.2, "loss_type": "CE", "train_neg_sample_args": None, "train_batch_size": BATCH,
    "learning_rate": RATE, "epochs": 100, "use_gpu": False, "show_progress": False, "state": "CRITICAL",
    "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "group_by": "user", "mode": "full"}})
dataset = create_dataset(config)
train_data, _, _ = data_preparation(config, dataset)
network = SASRec(config, train_data.dataset)
tokens = dataset.field2id_token["item_id"][1:].astype(int)
internal = np.zeros(V + 1, np.int64)
internal[tokens] = np.arange(1, len(tokens) + 1)
newest = asked["histories"][:, -L:]
lengths = (newest != 0).sum(axis=1)
left = np.zeros_like(newest)
for row, n in enumerate(lengths):
    left[row, :n] = internal[newest[row, L - n :]]
def score(rows):
    with torch.no_grad():
        scores = network.full_sort_predict(Interaction({
            "item_id_list": torch.from_numpy(left[rows]), "item_length": torch.from_numpy(lengths[rows])}))
    scores = scores.numpy()[:, internal]
    scores[:, internal == 0] = -np.inf
    return scores
plain = network.calculate_loss
def timed(interaction):
    if clock.is_due(120):
        network.eval()
        clock.mark(score)
        network.train()
    return plain(interaction)
network.calculate_loss = timed
clock.start()
Trainer(config, network).fit(train_data, verbose=False, saved=False, show_progress=False)
"""

CODES = {"seqrec": OURS, "rectools": RECTOOLS, "recbole": RECBOLE}


def question(folder, path):
    """What all are told, written to `path`:

    the log that is learned from, the histories, the targets.
    """
    from seqrec.data import load_movielens_1m, newest
    from seqrec.reproduce import Benchmark

    benchmark = Benchmark(load_movielens_1m(folder).interactions)
    learned, past, whole = benchmark.learned, benchmark.valid.past, benchmark.test
    parts = {
        "n_items": benchmark.n_items,
        "histories": newest(past, 200),
        "targets": benchmark.valid.targets,
    }
    parts["seen"] = newest(past, int((past.ends - past.starts).max()))
    for name, events, lengths in (
        ("learned", learned, learned.ends - learned.starts),
        ("whole", whole.past, whole.past.ends - whole.past.starts + 1),
    ):
        starts = events.starts
        parts[f"{name}_user"] = np.repeat(np.arange(len(starts)), lengths)
        parts[f"{name}_time"] = np.concatenate(
            [np.arange(n) for n in lengths]
        )  # the order that counts, ties resolved
        parts[f"{name}_item"] = np.concatenate(
            [events.items[s : s + n] for s, n in zip(starts, lengths, strict=True)]
        )
    np.savez(path, **parts)


def run(name, python, asked, data, minutes, batch=None, rate=None):
    """A list of (CPU seconds, NDCG@10, peak MiB), or an error with what the process said."""
    root = Path(__file__).resolve().parents[1]
    variables = os.environ | {
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONPATH": str(root),
    }
    best_batch, best_rate = BEST.get(name, (0, 0.0))  # our recipe has its own
    settings = (batch or best_batch, rate or best_rate)
    words = [
        str(word) for word in (asked, 60 * minutes, MARKS[-1], *settings, Path(data).resolve())
    ]
    marks = []
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [str(Path(python).absolute()), "-c", COMMON + CODES[name], *words],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=variables,
            cwd=Path(asked).parent,  # RecBole leaves a folder of logs where it is started
        ) as child,
    ):
        for line in child.stdout:
            if line.startswith("MARK"):
                marks.append(tuple(float(word) for word in line.split()[1:]))
                print(
                    f"{name:8s} {marks[-1][0]:8.1f} CPU s  NDCG@10 {marks[-1][1]:.4f}", flush=True
                )
        if child.wait():
            errors.seek(0)
            raise RuntimeError(f"{python} failed:\n{errors.read()[-4000:]}")
    return marks


def table(results):
    """A row per library:

    CPU seconds to each mark (or more than it was given), what was reached, peak memory.
    """
    rows = {}
    for name, marks in results.items():
        row = {}
        for goal in MARKS:
            times = [seconds for seconds, value, _ in marks if value >= goal]
            row[f"CPU s to {goal}"] = f"{times[0]:.0f}" if times else f"> {marks[-1][0]:.0f}"
        row |= {"best NDCG@10": max(value for _, value, _ in marks), "peak MiB": marks[-1][2]}
        rows[name] = row
    return pd.DataFrame(rows).T


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers_movielens", description=__doc__
    )
    parser.add_argument("--data", required=True, metavar="FOLDER")
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="CPU minutes of training for each (default 30)"
    )
    parser.add_argument("--batch", type=int, help="of the peers (default: the best found for each)")
    parser.add_argument(
        "--rate", type=float, help="of the peers (default: the best found for each)"
    )
    parser.add_argument("peers", nargs="*", metavar="NAME=PYTHON")
    options = parser.parse_args()
    pythons = {"seqrec": sys.executable, **dict(peer.split("=", 1) for peer in options.peers)}
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "question.npz"
        question(options.data, asked)
        results = {
            name: run(
                name, python, asked, options.data, options.minutes, options.batch, options.rate
            )
            for name, python in pythons.items()
        }
    print(table(results).to_string())
