"""Every model by the name of its configuration: what a saved folder may name.

A new model adds its line here.
"""

from seqrec.models.bert4rec import BERT4RecConfig
from seqrec.models.bst import BSTConfig, MeanPoolBSTConfig
from seqrec.models.huggingface import CausalBackboneConfig, MaskedBackboneConfig
from seqrec.models.sasrec import SASRecConfig
from seqrec.models.session_graph import SRGNNConfig
from seqrec.models.two_tower import TwoTowerConfig

_CONFIGS = (
    SASRecConfig,
    BERT4RecConfig,
    BSTConfig,
    MeanPoolBSTConfig,
    SRGNNConfig,
    CausalBackboneConfig,
    MaskedBackboneConfig,
    TwoTowerConfig,
)
MODELS = {config.__name__: config for config in _CONFIGS}
