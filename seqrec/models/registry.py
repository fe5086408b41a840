"""Every model by the name of its configuration: what a saved folder may name.

A new model of this library adds its line here; one of another program calls `register_model`.
"""

from seqrec.checks import shown
from seqrec.models.bert4rec import BERT4RecConfig
from seqrec.models.bst import BSTConfig, MeanPoolBSTConfig
from seqrec.models.config import ModelConfig
from seqrec.models.counted import PopularityConfig
from seqrec.models.ease import EASEConfig
from seqrec.models.followers import CoOccurrenceConfig, MarkovConfig
from seqrec.models.huggingface import CausalBackboneConfig, MaskedBackboneConfig
from seqrec.models.hybrid import HybridConfig
from seqrec.models.outcome import SASRecOutcomeConfig
from seqrec.models.sasrec import SASRecConfig
from seqrec.models.session_graph import SRGNNConfig
from seqrec.models.session_neighbours import SessionKNNConfig
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
    SASRecOutcomeConfig,
    PopularityConfig,
    MarkovConfig,
    CoOccurrenceConfig,
    SessionKNNConfig,
    EASEConfig,
    HybridConfig,
)
MODELS = {config.__name__: config for config in _CONFIGS}


def register_model(config_class: type[ModelConfig]) -> type[ModelConfig]:
    """Let folders name a configuration of your own, so that `SequentialRecommender.load` finds it.

    config_class: a subclass of ModelConfig. The folder names it by its `__name__`.

    Returns the class, so it may stand above one as a decorator. A class that is defined anew, as a
    notebook's cell that is run twice does, takes its own place.

    Raises TypeError for anything else, and ValueError for a name that another class has.

    >>> from dataclasses import dataclass
    >>> @register_model
    ... @dataclass(frozen=True, kw_only=True)
    ... class ShallowConfig(SASRecConfig):
    ...     n_blocks: int = 1
    >>> del MODELS["ShallowConfig"]
    """
    if not isinstance(config_class, type) or not issubclass(config_class, ModelConfig):
        raise TypeError(
            "config_class must be a subclass of ModelConfig (of seqrec.models.config), got "
            f"{shown(config_class)}. Cure: the class itself, not one of its objects."
        )
    name = config_class.__name__
    known = MODELS.get(name)
    if known in _CONFIGS or known is not None and _place(known) != _place(config_class):
        raise ValueError(
            f"the name {name!r} is taken, by {'.'.join(_place(known))}. Cure: another name for "
            "your class."
        )
    MODELS[name] = config_class
    return config_class


def model_named(name: str) -> type[ModelConfig]:
    """The class of configurations of this name. Raises ValueError for one that is not there."""
    if name not in MODELS:
        raise ValueError(
            f"the model's configuration is a {shown(name)}, which is none of "
            f"{', '.join(MODELS)}. Cure: if it is your own, "
            f"seqrec.recommender.register_model({str(name)[:60]}) before."
        )
    return MODELS[name]


def _place(config_class):
    """Where a class was defined."""
    return config_class.__module__, config_class.__qualname__
