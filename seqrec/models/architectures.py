"""Which transformers of Hugging Face may be a backbone, and what each calls our settings.

A new one is a line in BACKBONES. `seqrec.models.backbones` makes them.

Axis letters: D width, H heads.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One architecture of `transformers`, and what its configuration calls our settings.

    prefix:           its classes are <prefix>Config and <prefix>Model
    causal:           the directions that it can be built for
    names:            our setting -> the configuration's option, or several
    fixed:            options that are the same for all
    counts_positions: whether it takes `position_ids`
    model:            further arguments of the model's class
    """

    prefix: str
    causal: tuple[bool, ...]
    names: dict
    fixed: dict = field(default_factory=dict)
    counts_positions: bool = True
    model: dict = field(default_factory=dict)


_BERT_NAMES = {"D": "hidden_size", "H": "num_attention_heads", "n_blocks": "num_hidden_layers"}
_BERT_NAMES |= {"hidden": "intermediate_size", "max_len": "max_position_embeddings"}
_GPT2_NAMES = {"D": "n_embd", "H": "n_head", "n_blocks": "n_layer", "hidden": "n_inner"}
_GPT2_NAMES |= {"max_len": "n_positions", "dropout": ("resid_pdrop", "embd_pdrop")}
_XLNET_NAMES = {"D": "d_model", "H": "n_head", "n_blocks": "n_layer", "hidden": "d_inner"}
_XLNET_NAMES |= {"dropout": "dropout"}

#: Every backbone by name. Llama alone has no dropout but that of attention weights.
BACKBONES = {
    "gpt2": Architecture(
        prefix="GPT2",
        causal=(True,),
        names=_GPT2_NAMES,
        fixed={"attn_pdrop": 0.0, "use_cache": False},
    ),
    "llama": Architecture(
        prefix="Llama",
        causal=(True,),
        names=_BERT_NAMES
        | {"H": ("num_attention_heads", "num_key_value_heads"), "dropout": "attention_dropout"},
        fixed={"use_cache": False},
    ),
    "xlnet": Architecture(
        prefix="XLNet",
        causal=(True, False),
        names=_XLNET_NAMES,
        fixed={"mem_len": None, "use_mems_eval": False},
        counts_positions=False,
    ),
    "bert": Architecture(
        prefix="Bert",
        causal=(False,),
        names=_BERT_NAMES | {"dropout": "hidden_dropout_prob"},
        fixed={"attention_probs_dropout_prob": 0.0, "type_vocab_size": 1, "use_cache": False},
        model={"add_pooling_layer": False},
    ),
    "modernbert": Architecture(
        prefix="ModernBert",
        causal=(False,),
        names=_BERT_NAMES | {"dropout": ("embedding_dropout", "mlp_dropout")},
        fixed={"cls_token_id": None, "sep_token_id": None},
    ),
}


def check_backbone(name, causal):
    """The Architecture of that name.

    Raises ValueError if there is none, or if it can't be used in that direction.
    """
    if name not in BACKBONES:
        raise ValueError(f"backbone {name!r} is unknown. Cure: one of {', '.join(BACKBONES)}.")
    if causal not in BACKBONES[name].causal:
        fit = ", ".join(
            other for other, architecture in BACKBONES.items() if causal in architecture.causal
        )
        way = (
            "looks at what comes after, so it would read the answer"
            if causal
            else "sees only what came before"
        )
        raise ValueError(f"backbone {name!r} {way}. Cure: one of {fit}, or the other objective.")
    return BACKBONES[name]
