"""Fit, recommend, save: for a log of your own; and the sister in two stages.

recommender       `SequentialRecommender`: fit, save, load
warm_start        training on from there; new products for a model with content
answers           what it answers once it is fitted: scores, lists, pairs
outcomes          what becomes of an item: pairs, lists in its order, validation
evaluation        how good its lists are; `judging` has the metrics
neighbours        what is like an item
settings, params  its settings, checked; and by name
counting          models that count, and those that stand beside a network
reading, fitting  from a log to events; from events to a trained network
listed_ids        items as a caller lists them
scoring           from histories to scores of the whole catalogue, and from scores to a list
documents, folder a model as JSON and tensors, and the folder that holds them
onnx_export       a model as an ONNX file, for a server without PyTorch
nearest           search among item vectors
two_stages        a quick model finds, a careful one puts in order
budget            whose fault is what two stages lose
"""

from seqrec.items.columns import Labels, Number, Vectors, Words
from seqrec.items.content import Content
from seqrec.metrics.ranking import gains
from seqrec.models.bert4rec import BERT4RecConfig
from seqrec.models.bst import BSTConfig, MeanPoolBSTConfig
from seqrec.models.counted import PopularityConfig
from seqrec.models.ease import EASEConfig
from seqrec.models.followers import CoOccurrenceConfig, MarkovConfig
from seqrec.models.huggingface import CausalBackboneConfig, MaskedBackboneConfig
from seqrec.models.hybrid import HybridConfig
from seqrec.models.outcome import SASRecOutcomeConfig
from seqrec.models.registry import register_model
from seqrec.models.sasrec import SASRecConfig
from seqrec.models.session_graph import SRGNNConfig
from seqrec.models.session_neighbours import SessionKNNConfig
from seqrec.models.two_tower import TwoTowerConfig
from seqrec.recommender.budget import ErrorBudget, error_budget
from seqrec.recommender.nearest import NearestItems
from seqrec.recommender.onnx_export import export_onnx
from seqrec.recommender.recommender import SequentialRecommender
from seqrec.recommender.two_stages import TwoStageRecommender, rerank, retrieve
from seqrec.training.config import TrainConfig

__all__ = [
    "BERT4RecConfig",
    "BSTConfig",
    "CausalBackboneConfig",
    "CoOccurrenceConfig",
    "Content",
    "EASEConfig",
    "ErrorBudget",
    "HybridConfig",
    "Labels",
    "MarkovConfig",
    "MaskedBackboneConfig",
    "MeanPoolBSTConfig",
    "NearestItems",
    "Number",
    "PopularityConfig",
    "SASRecConfig",
    "SASRecOutcomeConfig",
    "SRGNNConfig",
    "SequentialRecommender",
    "SessionKNNConfig",
    "TrainConfig",
    "TwoStageRecommender",
    "TwoTowerConfig",
    "Vectors",
    "Words",
    "error_budget",
    "export_onnx",
    "gains",
    "register_model",
    "rerank",
    "retrieve",
]
