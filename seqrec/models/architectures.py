"""Which transformers of Hugging Face may be a backbone, and what each calls our settings.

A new one is a line in BACKBONES. `seqrec.models.backbones` makes them.

Axis letters: D width, H heads.
"""

from dataclasses import dataclass, field

from seqrec.checks import shown


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One architecture of `transformers`, and what its configuration calls our settings.

    prefix:           its classes are <prefix>Config and <prefix>Model
    causal:           the directions that it can be built for
    names:            our setting -> the configuration's option, or several
    fixed:            options that are the same for all
    counts_positions: whether it takes `position_ids`
    model:            further arguments of the model's class
    options:          what a caller may set besides. A list of what may, not of what may not: a name
                      that the library learns to look up on the net is not among them
    """

    prefix: str
    causal: tuple[bool, ...]
    names: dict
    fixed: dict = field(default_factory=dict)
    counts_positions: bool = True
    model: dict = field(default_factory=dict)
    options: tuple[str, ...] = ()


_BERT_NAMES = {"D": "hidden_size", "H": "num_attention_heads", "n_blocks": "num_hidden_layers"}
_BERT_NAMES |= {"hidden": "intermediate_size", "max_len": "max_position_embeddings"}
_GPT2_NAMES = {"D": "n_embd", "H": "n_head", "n_blocks": "n_layer", "hidden": "n_inner"}
_GPT2_NAMES |= {"max_len": "n_positions", "dropout": ("resid_pdrop", "embd_pdrop")}
_XLNET_NAMES = {"D": "d_model", "H": "n_head", "n_blocks": "n_layer", "hidden": "d_inner"}
_XLNET_NAMES |= {"dropout": "dropout"}
_GPT2_OPTIONS = ("activation_function", "attn_pdrop", "layer_norm_epsilon", "scale_attn_weights")
_GPT2_OPTIONS += ("scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn")
_LLAMA_OPTIONS = ("hidden_act", "rms_norm_eps", "attention_bias", "mlp_bias", "head_dim")
_LLAMA_OPTIONS += ("rope_parameters",)
_XLNET_OPTIONS = ("attn_type", "bi_data", "clamp_len", "ff_activation", "layer_norm_eps")
_XLNET_OPTIONS += ("same_length",)
_BERT_OPTIONS = ("hidden_act", "attention_probs_dropout_prob", "layer_norm_eps")
_MODERNBERT_OPTIONS = ("hidden_activation", "attention_bias", "attention_dropout", "layer_types")
_MODERNBERT_OPTIONS += ("local_attention", "mlp_bias", "norm_bias")
_MODERNBERT_OPTIONS += ("norm_eps", "rope_parameters", "initializer_cutoff_factor")
#: What all of them have: the scale of new weights, and which of its own code computes attention.
SHARED_OPTIONS = ("initializer_range", "attn_implementation")
#: Any other text would be the name of code on the net, which the library would fetch and run.
ATTENTION = (None, "eager", "sdpa")

#: Every backbone by name. Llama alone has no dropout but that of attention weights.
BACKBONES = {
    "gpt2": Architecture(
        prefix="GPT2",
        causal=(True,),
        names=_GPT2_NAMES,
        fixed={"attn_pdrop": 0.0, "use_cache": False},
        options=_GPT2_OPTIONS,
    ),
    "llama": Architecture(
        prefix="Llama",
        causal=(True,),
        names=_BERT_NAMES
        | {"H": ("num_attention_heads", "num_key_value_heads"), "dropout": "attention_dropout"},
        fixed={"use_cache": False},
        options=_LLAMA_OPTIONS,
    ),
    "xlnet": Architecture(
        prefix="XLNet",
        causal=(True, False),
        names=_XLNET_NAMES,
        fixed={"mem_len": None, "use_mems_eval": False},
        counts_positions=False,
        options=_XLNET_OPTIONS,
    ),
    "bert": Architecture(
        prefix="Bert",
        causal=(False,),
        names=_BERT_NAMES | {"dropout": "hidden_dropout_prob"},
        fixed={"attention_probs_dropout_prob": 0.0, "type_vocab_size": 1, "use_cache": False},
        model={"add_pooling_layer": False},
        options=_BERT_OPTIONS,
    ),
    "modernbert": Architecture(
        prefix="ModernBert",
        causal=(False,),
        names=_BERT_NAMES | {"dropout": ("embedding_dropout", "mlp_dropout")},
        fixed={"cls_token_id": None, "sep_token_id": None},
        options=_MODERNBERT_OPTIONS,
    ),
}


def check_backbone(name, causal):
    """The Architecture of that name.

    Raises ValueError if there is none, or if it can't be used in that direction.
    """
    if name not in BACKBONES:
        raise ValueError(f"backbone {shown(name)} is unknown. Cure: one of {', '.join(BACKBONES)}.")
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
