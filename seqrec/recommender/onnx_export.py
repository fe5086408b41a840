"""A fitted recommender as an ONNX file, for a server that has no PyTorch.

The file holds the network, the answer to an empty history, and the ids of the items:

    import json

    import numpy as np
    import onnxruntime

    export_onnx(model, "model.onnx")
    session = onnxruntime.InferenceSession("model.onnx")
    item_ids = json.loads(session.get_modelmeta().custom_metadata_map["item_ids"])
    numbers = np.array([[0, 0, 2, 5]])  # 0 is padding, j is item_ids[j - 1]
    (scores,) = session.run(None, {"histories": numbers})  # (1, n_items) log-probabilities

Axis letters: B histories, L length, n_items items.
"""

import copy
import json
import logging
import os
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

from seqrec.checks import shown
from seqrec.data.padding import PAD
from seqrec.models.bert4rec import BERT4RecConfig
from seqrec.models.bst import BSTConfig, ClickNetwork
from seqrec.models.sasrec import SASRecConfig
from seqrec.recommender.recommender import SequentialRecommender
from seqrec.training.files import write_whole

# Of others the exporter makes no program for batches of any size, or there is no network.
EXPORTED = (SASRecConfig, BERT4RecConfig, BSTConfig)


def export_onnx(recommender: SequentialRecommender, path: str | os.PathLike) -> Path:
    """Write what a recommender computes as an ONNX file; one that is there is replaced.

    recommender: fitted or loaded, with a SASRecConfig, BERT4RecConfig, BSTConfig or
                 MeanPoolBSTConfig; with content too
    path:        of the file

    Its input `histories` is (B, L) int64: numbers of items from 1, oldest first, 0 = padding on the
    left, L from 1 to max_len. Its output `scores` is (B, n_items) float32, the log-probabilities of
    `score_items`: item j in column j - 1. Weights are inside, up to 2 GB. The file's metadata has
    "item_ids" (a JSON list, in the order of the columns), "max_len" and "model", the class of the
    configuration.

    What is not inside: seen items, `among`, `without` and draws. They belong to whoever makes lists
    of the scores.

    Needs the extra `onnx`. Returns the path. Raises ModuleNotFoundError without that extra, and
    ValueError for another model.
    """
    scorer = recommender._fitted().scorer_
    config = scorer.config
    if not isinstance(config, EXPORTED):
        names = ", ".join(kind.__name__ for kind in EXPORTED)
        raise ValueError(
            f"model must be one of {names} or MeanPoolBSTConfig, got {shown(type(config).__name__)}"
            ", which has no ONNX export. Cure: one of these models, or `save` for a server with "
            "PyTorch."
        )
    for module in ("onnx", "onnxscript"):
        if find_spec(module) is None:
            raise ModuleNotFoundError(
                f'export_onnx needs {module}. Cure: pip install "zooplus-course[onnx]"'
            )
    program = _Program(scorer)
    # Two rows: a batch of one would be taken for a batch that is always one.
    L = min(scorer.max_len, 2)
    example = torch.ones(2, L, dtype=torch.long)
    shapes = {0: torch.export.Dim("batch")}
    if L > 1:
        shapes[1] = torch.export.Dim("length", max=scorer.max_len)
    with _quietly(), torch.no_grad():
        exported = torch.onnx.export(
            program,
            (example,),
            dynamo=True,
            dynamic_shapes=(shapes,),
            input_names=["histories"],
            output_names=["scores"],
            verbose=False,
        )
    exported.model.metadata_props.update(
        {
            "item_ids": json.dumps(recommender.item_index_.item_ids_.tolist()),
            "max_len": str(scorer.max_len),
            "model": type(config).__name__,
        }
    )
    write_whole(Path(path), exported.model_proto.SerializeToString())
    return Path(path)


class _Program(nn.Module):
    """What a CatalogueScorer computes, without loops over parts of a batch.

    scorer: CatalogueScorer; its network is copied
    """

    def __init__(self, scorer):
        super().__init__()
        self.config = scorer.config
        self.n_items = scorer.n_items
        self.network = copy.deepcopy(scorer.network).cpu().float().eval()
        self.register_buffer("popularity", scorer.popularity.detach().cpu().float().clone())

    def forward(self, histories):
        """(B, L) long -> (B, n_items) log-probabilities."""
        if isinstance(self.network, ClickNetwork):
            candidates = torch.arange(1, self.n_items + 1).expand(histories.shape[0], -1)
            scores = self.network.score_candidates(histories, candidates).log_softmax(dim=-1)
        else:
            scores = self.config.scores(self.network, histories)[:, 1:]
        is_empty = (histories == PAD).all(dim=1, keepdim=True)  # (B, 1)
        return torch.where(is_empty, self.popularity, scores)


@contextmanager
def _quietly():
    """Without the exporter's remarks on libraries that nobody here has asked for."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
