"""Cures of the wings around the recommender: items, losses, metrics, models, baselines, training.

And of the shop on top.
"""

import json
import math
from unittest import mock

import numpy as np
import pandas as pd
import torch
from torch import nn

from seqrec.baselines import GRU4Rec, MarkovChain, MLPClick, click_rates
from seqrec.data import ItemIndex, pad_left
from seqrec.items import FeatureTable, Labels, Number, Vectors, Words
from seqrec.items.content import read_catalogue, rows_of
from seqrec.losses import hard_negatives, log_q, next_item_loss, uniform_negatives
from seqrec.metrics import ndcg, ranks
from seqrec.models import SASRec, SequenceEncoder, TransformerBlock, TwoTower, backbone_config
from seqrec.models.attention import check_heads
from seqrec.models.huggingface import CausalBackbone
from seqrec.models.registry import model_named, register_model
from seqrec.models.relations import Rotary
from seqrec.models.session_graph import session_graphs
from seqrec.recommender import NearestItems, SASRecConfig, SequentialRecommender
from seqrec.shop.costs import projected_cost
from seqrec.shop.sample_ratio import sample_ratio_mismatch
from seqrec.training import TrainConfig, load_checkpoint, save_checkpoint, train
from seqrec.training.shared_loss import SharedLoss
from tests.project.cures import Cure

SHOP = pd.DataFrame({"item_id": [1, 2, 3], "price": [1.0, 2.0, 5.0], "kind": ["a", "b", "a"]})
NAN = math.nan


def fitted(kind, cells, **settings):
    return FeatureTable([kind], **settings).fit(pd.DataFrame({"x": pd.Series(list(cells))}))


ITEMS = [
    Cure(
        ".astype(str) on the column, or Number for a quantity",
        lambda _: fitted(Labels("x"), [1, 2]),
        lambda _: (fitted(Labels("x"), pd.Series([1, 2]).astype(str)), fitted(Number("x"), [1, 2])),
    ),
    Cure(
        ".astype(str) on it",
        lambda _: fitted(Words("x"), [1, 2]),
        lambda _: fitted(Words("x"), pd.Series([1, 2]).astype(str)),
    ),
    Cure(
        "pd.to_numeric on the column, or Labels for text",
        lambda _: fitted(Number("x"), ["1", "2"]),
        lambda _: (
            fitted(Number("x"), pd.to_numeric(pd.Series(["1", "2"]))),
            fitted(Labels("x"), ["1", "2"]),
        ),
    ),
    Cure(
        "mend that row",
        lambda _: fitted(Number("x", log=True), [1, 0]),
        lambda _: fitted(Number("x", log=True), [1, 2]),
    ),
    Cure(
        "leave it out",
        lambda _: FeatureTable([Labels("kind"), Number("x")]).fit(SHOP.assign(x=None)),
        lambda _: FeatureTable([Labels("kind")]).fit(SHOP.assign(x=None)),
    ),
    Cure(
        "leave it out",
        lambda _: FeatureTable([Labels("kind"), Vectors("x")]).fit(SHOP.assign(x=None)),
        lambda _: FeatureTable([Labels("kind")]).fit(SHOP.assign(x=None)),
    ),
    Cure(
        "an array or a list in each cell; of a text such as '[0.1, 2]' json.loads makes one",
        lambda _: fitted(Vectors("x"), ["[0.1, 2]", "[3, 4]"]),
        lambda _: (
            fitted(Vectors("x"), pd.Series(["[0.1, 2]", "[3, 4]"]).map(json.loads)),
            fitted(Vectors("x"), [np.array([0.1, 2]), np.array([3, 4])]),
        ),
    ),
    Cure(
        "vectors of one length",
        lambda _: fitted(Vectors("x"), [[1, 2], [1]]),
        lambda _: fitted(Vectors("x"), [[1, 2], [1, 3]]),
    ),
    Cure(
        "mend that row",
        lambda _: fitted(Vectors("x"), [[1, 2], [1, NAN]]),
        lambda _: fitted(Vectors("x"), [[1, 2], [1, 3]]),
    ),
    Cure(
        "mend the catalogue, or unknown='zero': zeros there",
        lambda _: fitted(Labels("x"), ["a", None]),
        lambda _: (
            fitted(Labels("x"), ["a", "b"]),
            fitted(Labels("x"), ["a", None], unknown="zero"),
        ),
    ),
    Cure(
        "add or rename it, or leave it out of the features",
        lambda _: FeatureTable([Number("cost"), Labels("kind")]).fit(SHOP),
        lambda _: (
            FeatureTable([Number("cost"), Labels("kind")]).fit(
                SHOP.rename(columns={"price": "cost"})
            ),
            FeatureTable([Labels("kind")]).fit(SHOP),
        ),
    ),
    Cure(
        "rename or add it",
        lambda _: read_catalogue(SHOP.rename(columns={"item_id": "sku"})),
        lambda _: read_catalogue(SHOP),
    ),
    Cure(
        "one row per item, drop_duplicates('item_id')",
        lambda _: rows_of(pd.concat([SHOP, SHOP]), [1, 2]),
        lambda _: rows_of(pd.concat([SHOP, SHOP]).drop_duplicates("item_id"), [1, 2]),
    ),
]

SCORES = torch.arange(10.0).reshape(2, 5)
TARGETS = torch.tensor([1, 2])
OWN = torch.tensor([[1, 2, 3, 4], [1, 2, 3, 4]])
WEIGHTS = torch.tensor([0.0, 1, 1, 0, 1])


def of_one_user(**options):
    log = pd.DataFrame({"user_id": 1, "item_id": [1, 2, 3, 1], "timestamp": range(4)})
    model = SequentialRecommender(
        SASRecConfig(D=8, H=1, n_blocks=1),
        max_len=4,
        training=TrainConfig(epochs=1),
        device="cpu",
        progress=False,
    ).fit(log)
    return ndcg(ranks(model.score_items(log, **options), [2]), 2)


LOSSES_AND_METRICS = [
    Cure(
        "score_items(..., padded=True)",
        lambda _: of_one_user(),
        lambda _: of_one_user(padded=True),
    ),
    Cure(
        "a smaller margin, or fewer own items",
        lambda _: hard_negatives(SCORES, TARGETS, 1, margin=2, own_items=OWN[:, :3]),
        lambda _: (
            hard_negatives(SCORES, TARGETS, 1, margin=0, own_items=OWN[:, :3]),
            hard_negatives(SCORES, TARGETS, 1, margin=2),
        ),
    ),
    Cure(
        "fewer own items, or weights above 0 for more items",
        lambda _: uniform_negatives(TARGETS, 1, 4, seed=0, own_items=OWN),
        lambda _: uniform_negatives(TARGETS, 1, 4, seed=0, own_items=OWN[:, :2]),
    ),
    Cure(
        "the weights, own_items and reject_target that the negatives were drawn with",
        lambda _: log_q(torch.tensor([[3], [3]]), TARGETS, WEIGHTS),
        lambda _: log_q(torch.tensor([[3], [3]]), TARGETS, torch.ones(5)),
    ),
    Cure(
        "find where it comes from, a softmax over nothing perhaps",
        lambda _: ranks(torch.full((1, 3), -math.inf).softmax(dim=1), [1]),
        lambda _: ranks(torch.zeros(1, 3).softmax(dim=1), [1]),
    ),
]

ENCODER = {"D": 8, "H": 2, "n_blocks": 1, "hidden": 8, "causal": True}
SMALL = {"D": 8, "H": 2, "n_blocks": 1}
LONG = torch.ones(1, 6, dtype=torch.long)


def encoded(items):
    return SequenceEncoder(4, 5, **ENCODER)(items)


class Shallow(SASRecConfig):
    """A configuration of a reader's own."""


def named_like_ours():
    return type("SASRecConfig", (SASRecConfig,), {})


def registered(config_class):
    """With the registry as it was, afterwards."""
    with mock.patch.dict("seqrec.models.registry.MODELS"):
        return model_named(register_model(config_class).__name__)


MODELS = [
    Cure(
        "a width that is a multiple of 3",
        lambda _: check_heads(8, 3),
        lambda _: check_heads(9, 3),
    ),
    Cure(
        "one of relu",
        lambda _: TransformerBlock(8, 2, hidden=8, dropout=0.0, norm_first=True, activation="tanh"),
        lambda _: TransformerBlock(8, 2, hidden=8, dropout=0.0, norm_first=True, activation="relu"),
    ),
    Cure(
        "one of learned, sinusoidal",
        lambda _: SequenceEncoder(4, 5, **ENCODER, positions="absolute"),
        lambda _: SequenceEncoder(4, 5, **ENCODER, positions="sinusoidal"),
    ),
    Cure(
        "a width that is a multiple of 4",
        lambda _: Rotary(6, 2, 5),
        lambda _: Rotary(8, 2, 5),
    ),
    Cure(
        "one of transformer, gated, hstu",
        lambda _: SASRecConfig(block="mamba"),
        lambda _: SASRecConfig(block="hstu"),
    ),
    Cure(
        "hidden=None, or another block",
        lambda _: SASRecConfig(block="hstu", hidden=8),
        lambda _: SASRecConfig(block="hstu", hidden=None),
    ),
    Cure(
        "norm_first=True, or block='transformer'",
        lambda _: SequenceEncoder(4, 5, **ENCODER, block="gated", norm_first=False),
        lambda _: SequenceEncoder(4, 5, **ENCODER, block="gated"),
    ),
    Cure(
        "keep the newest 5",
        lambda _: encoded(LONG),
        lambda _: encoded(LONG[:, -5:]),
    ),
    Cure(
        "keep the newest 5",
        lambda _: CausalBackbone(4, 5, **SMALL).encoder(LONG),
        lambda _: CausalBackbone(4, 5, **SMALL).encoder(LONG[:, -5:]),
    ),
    Cure(
        "one of gpt2",
        lambda _: CausalBackbone(4, 5, **SMALL, backbone="gpt9"),
        lambda _: CausalBackbone(4, 5, **SMALL, backbone="gpt2"),
    ),
    Cure(
        "one of gpt2",
        lambda _: CausalBackbone(4, 5, **SMALL, backbone="bert"),
        lambda _: CausalBackbone(4, 5, **SMALL, backbone="gpt2"),
    ),
    Cure(
        "see its documentation for the names",
        lambda _: backbone_config("gpt2", max_len=5, **SMALL, options={"activation": "relu"}),
        lambda _: backbone_config(
            "gpt2", max_len=5, **SMALL, options={"activation_function": "relu"}
        ),
    ),
    Cure(
        "pad on the left",
        lambda _: session_graphs(torch.tensor([[1, 2, 0]])),
        lambda _: session_graphs(torch.tensor([[0, 1, 2]])),
    ),
    Cure(
        "one of profile, sequence",
        lambda _: TwoTower(4, 5, user="id"),
        lambda _: TwoTower(4, 5, user="sequence"),
    ),
    Cure(
        "the class itself, not one of its objects",
        lambda _: registered(Shallow()),
        lambda _: registered(Shallow),
    ),
    Cure(
        "another name for your class",
        lambda _: registered(named_like_ours()),
        lambda _: registered(Shallow),
    ),
    Cure(
        "if it is your own, seqrec.recommender.register_model(Shallow) before",
        lambda _: model_named("Shallow"),
        lambda _: registered(Shallow),
    ),
]

LOG = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [1, 2, 1], "timestamp": [1, 2, 3]})
ALONE = LOG.iloc[1:]
SHOWN = pd.DataFrame({"user_id": [1, 2], "product_id": [1, 2], "clicked": [1, 0]})
CATEGORIES = pd.Series(["a", None, "b"], index=[1, 2, 3])


def mlp(exposures):
    return MLPClick(3, D=2, hidden=2, epochs=1).fit(exposures)


def encoded_log():
    words = LOG.assign(item_id=["a", "b", "a"])
    index = ItemIndex().fit(words["item_id"])
    return words.assign(item_id=index.encode(words["item_id"]))


BASELINES = [
    Cure(
        "check the filter before it",
        lambda _: mlp(SHOWN[SHOWN["clicked"] > 1]),
        lambda _: mlp(SHOWN[SHOWN["clicked"] > 0]),
    ),
    Cure(
        "rename the one that holds it",
        lambda _: mlp(SHOWN.rename(columns={"product_id": "sku"})),
        lambda _: mlp(
            SHOWN.rename(columns={"product_id": "sku"}).rename(columns={"sku": "product_id"})
        ),
    ),
    Cure(
        "encode it as integers first",
        lambda _: mlp(SHOWN.assign(product_id=["a", "b"])),
        lambda _: mlp(SHOWN.assign(product_id=ItemIndex().fit(["a", "b"]).encode(["a", "b"]))),
    ),
    Cure(
        "leave them out, or fit with them",
        lambda _: mlp(SHOWN).score([1, 7]),
        lambda _: (mlp(SHOWN).score([1]), mlp(SHOWN.assign(user_id=[1, 7])).score([1, 7])),
    ),
    Cure(
        "add it to `categories`",
        lambda _: click_rates(SHOWN, CATEGORIES),
        lambda _: click_rates(SHOWN, CATEGORIES.fillna("c")),
    ),
    Cure(
        "a longer log",
        lambda _: GRU4Rec(2, D=2, state_size=2, epochs=1).fit(ALONE),
        lambda _: GRU4Rec(2, D=2, state_size=2, epochs=1).fit(LOG),
    ),
    Cure(
        "encode it with ItemIndex first",
        lambda _: MarkovChain(2).fit(LOG.assign(item_id=["a", "b", "a"])),
        lambda _: MarkovChain(2).fit(encoded_log()),
    ),
    Cure(
        "pad on the left, with pad_left",
        lambda _: MarkovChain(2).fit(LOG).score([1], [[1, 2, 0]]),
        lambda _: MarkovChain(2).fit(LOG).score([1], pad_left([[1, 2]], 3)),
    ),
]


def trained(folder=None, *, learning_rate=1e-3, scale=1.0, config=None, network=None, **options):
    """One epoch or two of a network with one weight, on the CPU."""
    network = nn.Linear(1, 1) if network is None else network
    config = config or TrainConfig(epochs=1, batch_size=2, learning_rate=learning_rate)

    def loss(network, rows, generator):
        return (scale * network(torch.ones(len(rows), 1))).square().mean()

    if folder is not None:
        options["checkpoint"] = folder / "run.safetensors"
    return train(network, loss, 4, config, progress=False, **options)


class Ranks:
    """As many as one process has."""

    count = 1


def shared(network, loss):
    with mock.patch("seqrec.training.shared_loss.DistributedDataParallel"):
        return SharedLoss(network, loss, Ranks())


def own_loss(network, rows, generator):
    """A mean, and no word of how many targets."""


def again(folder, learning_rate, path=None, fresh=False):
    """A run, and one that finds its checkpoint."""
    trained(folder)
    path = folder if path is None else path
    path.mkdir(exist_ok=True)
    if fresh:
        (path / "run.safetensors").unlink()
    return trained(path, learning_rate=learning_rate)


def damaged(folder):
    path = folder / "run.safetensors"
    path.write_bytes(b"cut short")
    return path


def notebook_plot(plot):
    with mock.patch("IPython.get_ipython", lambda: None):
        return trained(plot=plot).history


TRAINING = [
    Cure(
        "callbacks=[function]",
        lambda _: trained(callbacks=print),
        lambda _: trained(callbacks=[lambda report: None]),
    ),
    Cure(
        "the function itself, not what it returns",
        lambda _: trained(callbacks=[print()]),
        lambda _: trained(callbacks=[lambda report: print(end="")]),
    ),
    Cure(
        "`return` nothing, or a comparison",
        lambda _: trained(callbacks=[lambda report: report.epoch]),
        lambda _: (
            trained(callbacks=[lambda report: None]),
            trained(callbacks=[lambda report: report.epoch > 1]),
        ),
    ),
    Cure(
        "delete it to start again, or give another path",
        lambda folder: load_checkpoint(damaged(folder)),
        lambda folder: (
            damaged(folder).unlink(),
            save_checkpoint(folder / "run.safetensors", {"a": torch.ones(1)}, {}),
            load_checkpoint(folder / "run.safetensors"),
        ),
    ),
    Cure(
        "the settings and data of before; or, to start again, delete the file or give another path",
        lambda folder: again(folder, 0.5),
        lambda folder: (
            again(folder, 1e-3),
            again(folder, 0.5, folder / "other"),
            again(folder, 0.5, fresh=True),
        ),
    ),
    Cure(
        "plot=False, and draw `result.history` afterwards",
        lambda _: notebook_plot(True),
        lambda _: notebook_plot(False)["train_loss"],
    ),
    Cure(
        "a lower learning_rate, more warmup_steps or a smaller max_grad_norm; at step 1, look for",
        lambda _: trained(scale=math.inf),
        lambda _: trained(scale=1.0),
    ),
    Cure(
        "other names",
        lambda _: trained(validate=lambda network: {"seconds": 1.0}),
        lambda _: trained(
            validate=lambda network: {"valid_seconds": 1.0},
            config=TrainConfig(epochs=1, monitor="valid_seconds"),
        ),
    ),
    Cure(
        "next_item_loss or cloze_loss, or a loss under `seqrec.losses.objectives.counted`",
        lambda _: shared(nn.Linear(1, 1), own_loss),
        lambda _: shared(SASRec(4, 5, **SMALL), next_item_loss(torch.ones(2, 6, dtype=torch.long))),
    ),
    Cure(
        "LayerNorm",
        lambda _: shared(nn.BatchNorm1d(2), next_item_loss(torch.ones(2, 6, dtype=torch.long))),
        lambda _: shared(nn.LayerNorm(2), next_item_loss(torch.ones(2, 6, dtype=torch.long))),
    ),
]


def nearest(**settings):
    with mock.patch.dict("sys.modules", faiss=None):
        return NearestItems(torch.eye(8), **settings)


SHOP_AND_SEARCH = [
    Cure(
        "pip install faiss-cpu; or leave n_cells out, if exact is what you want",
        lambda _: nearest(n_cells=2, n_probe=1),
        lambda _: nearest(),
    ),
    Cure(
        "wait for more",
        lambda _: sample_ratio_mismatch([4, 4]),
        lambda _: sample_ratio_mismatch([40, 40]),
    ),
    Cure(
        "look it up there",
        lambda _: projected_cost(15, [10, 20], [1.0, 2.0]),
        lambda _: np.interp(15, [10, 20], [1.0, 2.0]),
    ),
]
CURES = [*ITEMS, *LOSSES_AND_METRICS, *MODELS, *BASELINES, *TRAINING, *SHOP_AND_SEARCH]
