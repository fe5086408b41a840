"""A file a model: network, configuration, objective by name.

attention, encoder                            what the transformers are made of; `visible_mask`
gated, hstu, blocks                           other blocks for the encoder; all by name
positions, relations                          where in the sequence, and how far apart
heads, length_groups                          smaller parts
patching                                      one state exchanged: what it carries
sasrec, bert4rec, bst, two_tower              transformers
plain                                         SASRec written out, to be read: the formulas alone
graph_layers                                  what SR-GNN is made of
session_graph, lightgcn                       graphs
architectures, backbones, huggingface         transformers of another library
multi_task                                    three questions to one encoder
outcome                                       two: what comes next, and what becomes of it
config                                        what a recommender asks of a model; rows to tensors
registry                                      models by name; a new one is its file and a line there
"""

from seqrec.models.architectures import BACKBONES
from seqrec.models.attention import MultiHeadAttention, TransformerBlock, visible_mask
from seqrec.models.backbones import backbone_config, make_backbone
from seqrec.models.bert4rec import BERT4Rec
from seqrec.models.bst import BST, MeanPoolBST, click_head, score_catalogue
from seqrec.models.encoder import SequenceEncoder, draw_weights
from seqrec.models.heads import PairHead, pad_column
from seqrec.models.huggingface import CausalBackbone, MaskedBackbone
from seqrec.models.lightgcn import LightGCN, bipartite_edges, normalised_graph, temporal_edges
from seqrec.models.multi_task import MultiTask
from seqrec.models.outcome import SASRecOutcome
from seqrec.models.patching import patched, states_by_layer
from seqrec.models.sasrec import SASRec
from seqrec.models.session_graph import SRGNN
from seqrec.models.two_tower import TwoTower

__all__ = [
    "BACKBONES",
    "BERT4Rec",
    "BST",
    "CausalBackbone",
    "LightGCN",
    "MaskedBackbone",
    "MeanPoolBST",
    "MultiHeadAttention",
    "MultiTask",
    "PairHead",
    "SASRec",
    "SASRecOutcome",
    "SRGNN",
    "SequenceEncoder",
    "TransformerBlock",
    "TwoTower",
    "backbone_config",
    "bipartite_edges",
    "click_head",
    "draw_weights",
    "make_backbone",
    "normalised_graph",
    "pad_column",
    "patched",
    "score_catalogue",
    "states_by_layer",
    "temporal_edges",
    "visible_mask",
]
