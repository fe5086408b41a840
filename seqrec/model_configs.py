"""The models that `SequentialRecommender` can be given: one small configuration each.

    SASRecConfig, BERT4RecConfig, BSTConfig, MeanPoolBSTConfig, SRGNNConfig, TwoTowerConfig
    CausalBackboneConfig, MaskedBackboneConfig     the first two around a Hugging Face backbone

A configuration answers three questions, and the recommender asks no more of a model:

    build(n_items, max_len)              the network, not trained
    objective(events, max_len, ...)      the loss of a batch, and how many samples there are
    scores(network, histories)           log-probability of every item

A new model is a class with these three, and its name in `MODELS`.

Axis letters: B batch, L length.
"""

import numbers
from dataclasses import asdict, dataclass, fields
from typing import ClassVar

import torch

from seqrec import bst
from seqrec.bert4rec import BERT4Rec
from seqrec.cloze import check_share
from seqrec.events import pieces, windows
from seqrec.huggingface import CausalBackbone, MaskedBackbone
from seqrec.item_content import Content
from seqrec.objectives import click_loss, cloze_loss, next_item_loss, towers_loss, window_loss
from seqrec.sasrec import SASRec
from seqrec.session_graph import SRGNN
from seqrec.two_tower import TwoTower


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What all have in common.

    max_len: clicks that are read; None leaves it to the recommender, which rules anyway.
    content: what the model reads about items, a `seqrec.item_content.Content`; None tells them apart by id alone.

    Raises TypeError for a misspelt name, and ValueError for a value that the network refuses: here, not hours later.
    """

    max_len: int | None = None
    content: Content | None = None

    network: ClassVar[type]
    for_training: ClassVar[tuple] = ()  # options that are not the network's

    def __post_init__(self):
        for name in ("max_len", "n_negatives"):
            if getattr(self, name, None) is not None:
                check_count(name, getattr(self, name))
        if self.content is not None and not isinstance(self.content, Content):
            raise TypeError(f"content must be a Content (of seqrec.recommender) or None, got {self.content!r}.")
        with torch.random.fork_rng(devices=[]), torch.device("meta"):  # no storage, and no generator is moved on
            self.build(n_items=1, max_len=self.max_len or 1)

    def build(self, n_items, max_len, features=None, has_id=True):
        """A new network. Its weights are drawn from PyTorch's global generator.

        features: (n_items, F) if the model reads content; has_id: (n_items,) bool, which items training knows.
        """
        not_its = ("max_len", "content", *self.for_training)
        options = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in not_its}
        network = self.network(n_items, max_len, **options)
        if features is not None:
            network.encoder.item = self.content.embedding(features, self.D, has_id)
        return network

    def objective(self, events, max_len, *, whole, device):
        """What `seqrec.training.train` asks for, (loss, n_samples). whole: as `seqrec.events.pieces` has it."""
        raise NotImplementedError

    def scores(self, network, histories):
        """histories: (B, L) on the network's device. Returns log-probabilities (B, n_items + 1), column 0 -inf."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class NextItemConfig(ModelConfig):
    """A model that is asked at every position what follows: its loss, see `seqrec.objectives.next_item_loss`.

    n_negatives, t: used by the losses that have them. Under "bpr" only the order of scores means something.
    """

    loss: str = "softmax"
    n_negatives: int = 1
    t: float = 0.75

    for_training: ClassVar = ("loss", "n_negatives", "t")

    def __post_init__(self):
        super().__post_init__()
        self._loss(sequences=None)  # refuses a loss that does not exist

    def objective(self, events, max_len, *, whole, device):
        sequences, is_target = pieces_with_targets(events, max_len, whole=whole, device=device)
        return self._loss(sequences, is_target), len(sequences)

    def scores(self, network, histories):
        return network.score_catalogue(histories)

    def _loss(self, sequences, is_target=None):
        return next_item_loss(sequences, self.loss, is_target=is_target, n_negatives=self.n_negatives, t=self.t)


@dataclass(frozen=True, kw_only=True)
class SASRecConfig(NextItemConfig):
    """Options of `seqrec.sasrec.SASRec`, and of its loss."""

    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    positions: str = "learned"

    network: ClassVar = SASRec


@dataclass(frozen=True, kw_only=True)
class CausalBackboneConfig(NextItemConfig):
    """Options of `seqrec.huggingface.CausalBackbone`, SASRec around a Hugging Face transformer, and of its loss.

    backbone: "gpt2", "llama" or "xlnet". options: see `seqrec.backbones.backbone_config`.
    Raises ImportError where `transformers` is not installed.
    """

    backbone: str = "gpt2"
    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    options: dict | None = None

    network: ClassVar = CausalBackbone


@dataclass(frozen=True, kw_only=True)
class ClozeConfig(ModelConfig):
    """A model that fills gaps: its training, see `seqrec.cloze.cloze`.

    mask_prob: share of targets that are hidden. last_only: share of rows in which the newest item alone is.
    It learns from fewer positions of a sequence than a next-item model does: give it more epochs.
    """

    mask_prob: float = 0.3
    last_only: float = 0.1

    for_training: ClassVar = ("mask_prob", "last_only")

    def __post_init__(self):
        super().__post_init__()
        check_share("mask_prob", self.mask_prob, may_be_zero=False)
        check_share("last_only", self.last_only)

    def objective(self, events, max_len, *, whole, device):
        sequences = pieces(events, max_len, whole=whole)
        is_target = pieces(events, max_len, whole=whole, values=events.is_target)
        is_asked = is_target.any(axis=1)  # a row without a target teaches nothing
        sequences, is_target = (torch.from_numpy(part[is_asked]).to(device) for part in (sequences, is_target))
        loss = cloze_loss(sequences, self.mask_prob, last_only=self.last_only, preference=is_target.float())
        return loss, len(sequences)

    def scores(self, network, histories):
        return network.score_catalogue(histories)


@dataclass(frozen=True, kw_only=True)
class BERT4RecConfig(ClozeConfig):
    """Options of `seqrec.bert4rec.BERT4Rec`, and of its training."""

    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    positions: str = "learned"
    norm_first: bool = True

    network: ClassVar = BERT4Rec


@dataclass(frozen=True, kw_only=True)
class MaskedBackboneConfig(ClozeConfig):
    """Options of `seqrec.huggingface.MaskedBackbone`, BERT4Rec around a Hugging Face transformer, and of its training.

    backbone: "bert", "modernbert" or "xlnet". options: see `seqrec.backbones.backbone_config`.
    Raises ImportError where `transformers` is not installed.
    """

    backbone: str = "bert"
    D: int = 64
    H: int = 2
    n_blocks: int = 2
    hidden: int | None = None
    dropout: float = 0.1
    options: dict | None = None

    network: ClassVar = MaskedBackbone


@dataclass(frozen=True, kw_only=True)
class BSTConfig(ModelConfig):
    """Options of `seqrec.bst.BST`, and `n_negatives`: random items beside each click that it learns to tell from it.

    It answers a question about one candidate. The log-odds of a click against negatives drawn uniformly are, up to a
    constant, the log-probability that the candidate comes next; so a softmax over the catalogue gives that.
    """

    D: int = 32
    H: int = 2
    n_blocks: int = 1
    hidden: int | None = None
    mlp: tuple[int, ...] = (64,)
    dropout: float = 0.0
    norm_first: bool = True
    n_negatives: int = 4

    network: ClassVar = bst.BST
    for_training: ClassVar = ("n_negatives",)

    def __post_init__(self):
        object.__setattr__(self, "mlp", tuple(self.mlp))  # JSON makes lists of tuples
        super().__post_init__()

    def objective(self, events, max_len, *, whole, device):
        histories, targets = (torch.from_numpy(part).to(device) for part in windows(events, max_len, whole=whole))
        return click_loss(histories, targets, self.n_negatives), len(targets)

    def scores(self, network, histories):
        return bst.score_catalogue(network, histories).log_softmax(dim=-1)


@dataclass(frozen=True, kw_only=True)
class MeanPoolBSTConfig(BSTConfig):
    """`BSTConfig` for `seqrec.bst.MeanPoolBST`, which encodes a history once for all candidates."""

    network: ClassVar = bst.MeanPoolBST


@dataclass(frozen=True, kw_only=True)
class SRGNNConfig(ModelConfig):
    """Options of `seqrec.session_graph.SRGNN`. The newest `max_len` clicks are one graph: short ones are its strength.

    It learns from every click but a user's first, each after the clicks before it, by the softmax over all items.
    """

    D: int = 64
    n_steps: int = 1
    dropout: float = 0.0

    network: ClassVar = SRGNN

    def objective(self, events, max_len, *, whole, device):
        histories, targets = (torch.from_numpy(part).to(device) for part in windows(events, max_len, whole=whole))
        return window_loss(histories, targets), len(targets)

    def scores(self, network, histories):
        return network.score_catalogue(histories)


@dataclass(frozen=True, kw_only=True)
class TwoTowerConfig(ModelConfig):
    """Options of `seqrec.two_tower.TwoTower`, and of its loss, see `seqrec.objectives.towers_loss`.

    n_negatives: uniform items that a batch has as negatives, beside its own targets: 1 or more, so that items without
    any click are ranked by more than chance. corrected: whether log q of the negatives is taken off.
    """

    user: str = "profile"
    D: int = 64
    H: int = 2
    n_blocks: int = 1
    hidden: int | None = None
    dropout: float = 0.0
    n_negatives: int = 100
    corrected: bool = True

    network: ClassVar = TwoTower
    for_training: ClassVar = ("n_negatives", "corrected")

    def objective(self, events, max_len, *, whole, device):
        sequences, is_target = pieces_with_targets(events, max_len, whole=whole, device=device)
        options = {"n_negatives": self.n_negatives, "corrected": self.corrected}
        return towers_loss(sequences, is_target=is_target, **options), len(sequences)

    def scores(self, network, histories):
        return network.score_catalogue(histories)


#: Every model by the name of its configuration: what a saved folder may name.
MODELS = {
    config.__name__: config
    for config in (
        SASRecConfig,
        BERT4RecConfig,
        BSTConfig,
        MeanPoolBSTConfig,
        SRGNNConfig,
        CausalBackboneConfig,
        MaskedBackboneConfig,
        TwoTowerConfig,
    )
}


def pieces_with_targets(events, max_len, *, whole, device):
    """`seqrec.events.pieces` that have a target, and where: sequences (n, L + 1) long, is_target (n, L + 1) bool."""
    sequences = pieces(events, max_len, whole=whole)
    is_target = pieces(events, max_len, whole=whole, values=events.is_target)
    is_asked = (is_target[:, 1:] & (sequences[:, :-1] != 0)).any(axis=1)  # a row without a target teaches nothing
    return tuple(torch.from_numpy(part[is_asked]).to(device) for part in (sequences, is_target))


def check_count(name, value):
    """Raise ValueError unless `value` is a whole number of 1 or more."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number of 1 or more, got {value!r}.")


def to_document(config):
    """A configuration as JSON can say it."""
    content = config.content and config.content.to_document()
    return {"class": type(config).__name__, **asdict(config), "content": content}


def from_document(document):
    """The configuration that `to_document` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    options = {name: value for name, value in document.items() if name != "class"}
    if options.get("content") is not None:
        options["content"] = Content.from_document(options["content"])
    return MODELS[document["class"]](**options)
