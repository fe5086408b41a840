"""Transformers of Hugging Face's `transformers` as backbones: vectors in, one state per position
out.

    make_backbone("gpt2", max_len=50, ...)     made from a configuration: random weights, nothing is downloaded
    library_inputs("gpt2", vectors, ...)       what it must be handed so that left padding changes nothing

After de Souza Pereira Moreira, Rabhi, Lee, Ak and Oldridge, "Transformers4Rec: Bridging the Gap
between NLP and Sequential / Session-Based Recommendation" (RecSys 2021). `transformers` is an
extra: it is imported when the first backbone is made, and the rest of this library runs without it.

Axis letters: B batch, L length, D width, H heads.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from seqrec.models.attention import visible_mask


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One architecture of `transformers`, and what its configuration calls our settings.

    prefix: its classes are <prefix>Config and <prefix>Model. causal: the directions that it can be
    built for.
    names: our setting -> the configuration's option, or several. fixed: options that are the same
    for all.
    counts_positions: whether it takes `position_ids`. model: further arguments of the model's
    class.
    """

    prefix: str
    causal: tuple[bool, ...]
    names: dict
    fixed: dict = field(default_factory=dict)
    counts_positions: bool = True
    model: dict = field(default_factory=dict)


_BERT_NAMES = {"D": "hidden_size", "H": "num_attention_heads", "n_blocks": "num_hidden_layers"}
_BERT_NAMES |= {"hidden": "intermediate_size", "max_len": "max_position_embeddings"}
_NO_TEXT = {
    "vocab_size": 1,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
}  # there are no words

#: Every backbone by name. Llama alone has no dropout but that of attention weights.
BACKBONES = {
    "gpt2": Architecture(
        prefix="GPT2",
        causal=(True,),
        names={
            "D": "n_embd",
            "H": "n_head",
            "n_blocks": "n_layer",
            "hidden": "n_inner",
            "max_len": "n_positions",
        }
        | {"dropout": ("resid_pdrop", "embd_pdrop")},
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
        names={
            "D": "d_model",
            "H": "n_head",
            "n_blocks": "n_layer",
            "hidden": "d_inner",
            "dropout": "dropout",
        },
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


@contextmanager
def transformers_quietly():
    """The library, and for as long as that no comments of it: on settings of text that mean nothing
    here.

    Raises ImportError with the cure where it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise ImportError(
            "this model is made of a Hugging Face transformer, and the library is not installed. "
            "Cure: "
            'pip install "zooplus-course[huggingface]", or in a checkout pip install -c '
            "constraints.txt transformers"
        ) from error
    before = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    try:
        yield transformers
    finally:
        transformers.logging.set_verbosity(before)


def backbone_config(name, *, max_len, D, H, n_blocks, hidden=None, dropout=0.0, options=None):
    """The configuration of `transformers` for a backbone of this size.

    hidden: units of each block's network, 4 D if None. options: further options of that
    configuration by their names there, such as {"activation_function": "relu"} or
    {"attn_implementation": "eager"}; see its documentation.

    The library draws new weights from N(0, 0.02^2), which is meant for a width of 768 or so (1 /
    sqrt(768) = 0.036). Here it is N(0, 1 / D) unless `options` say otherwise: {"initializer_range":
    0.02}.
    Raises ValueError for an option that does not exist (the library would take it in silence), or
    that is ours to set.
    """
    architecture, options = BACKBONES[name], options or {}
    settings = {"max_len": max_len, "D": D, "H": H, "n_blocks": n_blocks, "dropout": dropout}
    settings["hidden"] = 4 * D if hidden is None else hidden
    said = _NO_TEXT | architecture.fixed | {"initializer_range": D**-0.5}
    ours = {}
    for setting, names in architecture.names.items():
        ours |= dict.fromkeys([names] if isinstance(names, str) else names, settings[setting])
    with transformers_quietly() as transformers:
        kind = getattr(transformers, architecture.prefix + "Config")
        for option in options:
            if option in ours or option in _NO_TEXT:
                raise ValueError(
                    f"option {option!r} of {kind.__name__} is set from D, H, n_blocks, hidden, "
                    "max_len, dropout."
                )
            if option not in {*kind().to_dict(), "attn_implementation"}:
                raise ValueError(
                    f"{kind.__name__} has no option {option!r}. Cure: see its documentation for "
                    "the names."
                )
        return kind(**said | ours | options)


def make_backbone(name, *, max_len, D, H, n_blocks, hidden=None, dropout=0.0, options=None):
    """A transformer of the library with random weights from PyTorch's global generator. Arguments:
    `backbone_config`.

    Its table of word vectors is taken out: it is fed with vectors, `inputs_embeds`, never with
    words.
    Raises ValueError for a width that the heads can't share.
    """
    check_rotary(D, H)
    config = backbone_config(
        name,
        max_len=max_len,
        D=D,
        H=H,
        n_blocks=n_blocks,
        hidden=hidden,
        dropout=dropout,
        options=options,
    )
    architecture = BACKBONES[name]
    with transformers_quietly() as transformers:
        model = getattr(transformers, architecture.prefix + "Model")(config, **architecture.model)
    model.set_input_embeddings(None)
    return model


def check_rotary(D, H):
    """Raise ValueError if a head's share of the width is odd."""
    if D % (2 * H):
        raise ValueError(
            f"{H} heads need a width that is a multiple of {2 * H} (rotary positions turn pairs), "
            f"got {D}."
        )


def positions_from_the_end(is_real):
    """Position ids, 0 is the newest, at the right. (B, L) bool -> (B, L) long.

    The library counts columns from the left edge unless told: one more column of padding, and every
    click has another position.
    """
    B, L = is_real.shape
    return torch.arange(L - 1, -1, -1, device=is_real.device).expand(B, L)


def additive_mask(visible, dtype=torch.float32):
    """A boolean mask as a sum over scores understands it: 0 where True, the lowest number where
    False. Same shape.

    A 4-D mask is handed to the attention as it is. Under `eager` it is added: a boolean one would
    add 1 to what may be seen and hide nothing, without a word. This form means the same to `eager`
    and to `sdpa`.
    """
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(
        ~visible, torch.finfo(dtype).min
    )


def library_inputs(name, vectors, is_real, causal):
    """What the forward of a backbone is called with.

    vectors: (B, L, D). is_real: (B, L) bool, padding on the left. Returns a dict: `inputs_embeds`;
    `attention_mask` (B, L), 1 = real, from which the library makes its own causal masks and
    windows; `position_ids`. XLNet has no position ids (its attention knows distances) and takes the
    causal mask as a "permutation", 1 = hidden: its own setting for that, attn_type="uni", breaks on
    a batch with padding.
    """
    inputs = {"inputs_embeds": vectors, "attention_mask": is_real.long()}
    if BACKBONES[name].counts_positions:
        return inputs | {"position_ids": positions_from_the_end(is_real)}
    if causal:
        hidden = ~visible_mask(is_real.long(), causal=True)[:, 0]  # (B, L, L)
        inputs["perm_mask"] = hidden.to(vectors.dtype)
    return inputs


@torch.no_grad()
def copy_gpt2_block(theirs, ours):
    """Give a `seqrec.models.TransformerBlock` (pre-norm, its activation GPT-2's) the weights of a
    block of GPT-2.

    GPT-2 writes a linear layer as x W + b, with W of (in, out) ("Conv1D"); `nn.Linear` as x W' + b,
    (out, in): each matrix is turned. Queries, keys and values stand side by side in both.
    """
    for conv, linear in (
        (theirs.attn.c_attn, ours.attention.project),
        (theirs.attn.c_proj, ours.attention.merge),
        (theirs.mlp.c_fc, ours.ffn[0]),
        (theirs.mlp.c_proj, ours.ffn[2]),
    ):
        linear.weight.copy_(conv.weight.T)
        linear.bias.copy_(conv.bias)
    for norm, here in zip((theirs.ln_1, theirs.ln_2), ours.norms, strict=True):
        here.load_state_dict(norm.state_dict())
