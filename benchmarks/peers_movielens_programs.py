"""Measures peers: the programs that `peers_movielens` runs, each in an environment of its own."""

COMMON = """
import logging, os, resource, sys, time, warnings
import numpy as np, pandas as pd, torch
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)
torch.manual_seed(0)
from seqrec.metrics import full_ranking, ndcg
arrays = np.load(sys.argv[1])
BUDGET, GOAL, BATCH, RATE = (float(word) for word in sys.argv[2:6])
BATCH = int(BATCH)
V = int(arrays["n_items"])
learned = pd.DataFrame({name: arrays["learned_" + name] for name in ("user", "item", "time")})
class Clock:
    spent, since = 0.0, None
    def start(self):
        self.since = time.process_time()
    def is_due(self, seconds):
        return time.process_time() - self.since > seconds
    def mark(self, score):
        self.spent += time.process_time() - self.since
        value = ndcg(full_ranking(score, arrays["targets"], seen=arrays["seen"]).ranks, 10).mean()
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
benchmark = Benchmark(load_movielens_1m(sys.argv[6]).interactions)
recipe = RECIPES["sasrec"]
network = new_network(recipe.model, V, recipe.max_len, 0, torch.device("cpu"))
loss, n = recipe.model.objective(
    benchmark.learned, recipe.max_len, whole=recipe.whole, device="cpu")
histories = torch.from_numpy(arrays["histories"])
def after_epoch(network):
    clock.mark(lambda rows: recipe.model.scores(network, histories[rows]).numpy())
    return {"ndcg@10": 0.0}
training = dataclasses.replace(recipe.training, restore_best_weights=False)
clock.start()
train(network, loss, n, training, validate=after_epoch, progress=False)
"""

RECTOOLS = """
from pytorch_lightning import Callback, Trainer
from rectools.dataset import Dataset
from rectools.models import SASRecModel
times = pd.Timestamp("2026-01-01") + pd.to_timedelta(learned["time"], unit="s")
log = pd.DataFrame({"user_id": learned["user"], "item_id": learned["item"], "weight": 1.0,
                    "datetime": times})
class Marks(Callback):
    def on_train_start(self, trainer, module):
        ids = model.data_preparator.item_id_map.to_internal
        self.internal = np.zeros(V + 1, np.int64)
        items = {key: value for key, value in ids.items() if isinstance(key, (int, np.integer))}
        self.internal[np.array(list(items), int)] = list(items.values())
        self.histories = torch.from_numpy(self.internal[arrays["histories"]])
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
model = SASRecModel(n_factors=128, n_blocks=2, n_heads=2, session_max_len=200, dropout_rate=0.2,
                    loss="softmax", batch_size=BATCH, lr=RATE, get_trainer_func=trainer)
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
# It holds out the same two.
whole = pd.DataFrame({name: arrays["whole_" + name] for name in ("user", "item", "time")})
whole.columns = ["user_id:token", "item_id:token", "timestamp:float"]
whole.to_csv(folder + "/log/log.inter", sep="\\t", index=False)
L = 50
# RecBole would read the arguments.
sys.argv = sys.argv[:1]
split = {"split": {"LS": "valid_and_test"}, "order": "TO", "group_by": "user", "mode": "full"}
config = Config(model="SASRec", dataset="log", config_dict={
    "data_path": folder, "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    "MAX_ITEM_LIST_LENGTH": L, "n_layers": 2, "n_heads": 2, "hidden_size": 128,
    "inner_size": 256, "hidden_dropout_prob": 0.2, "attn_dropout_prob": 0.2, "loss_type": "CE",
    "train_neg_sample_args": None, "train_batch_size": BATCH, "learning_rate": RATE,
    "epochs": 100, "use_gpu": False, "show_progress": False, "state": "CRITICAL",
    "eval_args": split})
dataset = create_dataset(config)
train_data, _, _ = data_preparation(config, dataset)
network = SASRec(config, train_data.dataset)
tokens = dataset.field2id_token["item_id"][1:].astype(int)
internal = np.zeros(V + 1, np.int64)
internal[tokens] = np.arange(1, len(tokens) + 1)
newest = arrays["histories"][:, -L:]
lengths = (newest != 0).sum(axis=1)
left = np.zeros_like(newest)
for row, n in enumerate(lengths):
    left[row, :n] = internal[newest[row, L - n :]]
def score(rows):
    with torch.no_grad():
        scores = network.full_sort_predict(Interaction({
            "item_id_list": torch.from_numpy(left[rows]),
            "item_length": torch.from_numpy(lengths[rows])}))
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
