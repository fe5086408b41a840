"""Transformers of Hugging Face's `transformers` as backbones: vectors in, states out.

    make_backbone("gpt2", max_len=50, ...)    from a configuration: random weights, no download
    library_inputs("gpt2", vectors, ...)      what it is called with: padding changes nothing

After de Souza Pereira Moreira, Rabhi, Lee, Ak and Oldridge, "Transformers4Rec: Bridging the Gap
between NLP and Sequential / Session-Based Recommendation" (RecSys 2021). `transformers` is an
extra: it is imported when the first backbone is made, and the rest of this library runs without it.

Axis letters: B batch, L length, D width, H heads.
"""

from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from seqrec.checks import shown
from seqrec.models.architectures import ATTENTION, BACKBONES, SHARED_OPTIONS
from seqrec.models.attention import visible_mask

# There are no words.
_NO_TEXT = {"vocab_size": 1, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None}


@contextmanager
def transformers_quietly():
    """The library, without its comments on settings of text, which mean nothing here.

    Raises ImportError with the cure where it is not installed.
    """
    try:
        import transformers
    except ImportError as error:
        raise ImportError(
            "this model is made of a Hugging Face transformer, and the library is not installed. "
            'Cure: pip install "zooplus-course[huggingface]", or in a checkout pip install -c '
            "constraints.txt transformers"
        ) from error
    before = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    try:
        yield transformers
    finally:
        transformers.logging.set_verbosity(before)


def backbone_config(
    name: str,
    *,
    max_len: int,
    D: int,
    H: int,
    n_blocks: int,
    hidden: int | None = None,
    dropout: float = 0.0,
    options: dict[str, Any] | None = None,
) -> Any:
    """The configuration of `transformers` for a backbone of this size.

    name:     of BACKBONES
    max_len:  longest sequence
    D:        width
    H:        heads
    n_blocks: layers
    hidden:   units of each block's network, 4 D if None
    dropout:  of what each architecture drops, see BACKBONES
    options:  further options of that configuration by their names there, such as
              {"activation_function": "relu"} or {"attn_implementation": "eager"}; which ones
              says BACKBONES, what they mean its documentation

    The library draws new weights from N(0, 0.02^2), which is meant for a width of 768 or so
    (1 / sqrt(768) = 0.036). Here it is N(0, 1 / D) unless `options` say otherwise:
    {"initializer_range": 0.02}.

    Raises ValueError for an option that does not exist (the library would take it in silence), that
    is not for backbones, or that is ours to set, and for an attention that is none of its own:
    nothing here makes the library look anything up.
    """
    architecture = BACKBONES[name]
    options = options or {}
    settings = {"max_len": max_len, "D": D, "H": H, "n_blocks": n_blocks, "dropout": dropout}
    settings["hidden"] = 4 * D if hidden is None else hidden
    defaults = _NO_TEXT | architecture.fixed | {"initializer_range": D**-0.5}
    ours = {}
    for setting, names in architecture.names.items():
        ours |= dict.fromkeys([names] if isinstance(names, str) else names, settings[setting])
    with transformers_quietly() as transformers:
        kind = getattr(transformers, architecture.prefix + "Config")
        check_options(options, kind, architecture, ours)
        try:
            return kind(**defaults | ours | options)
        except Exception as error:
            # The library has errors of its own for values of a wrong type.
            raise ValueError(_wrong_options(kind, options, error)) from error


def check_options(options, kind, architecture, ours):
    """Raise ValueError for options that a backbone does not take, by name or by value.

    options:      dict of names; from a file, anything that JSON can say
    kind:         the class of the configuration, of `transformers`
    architecture: Architecture
    ours:         names that are set from our own settings
    """
    if not isinstance(options, dict):
        raise ValueError(f"options must be a dict or None, got {shown(options)}.")
    there = {*kind().to_dict(), "attn_implementation"}
    allowed = [name for name in architecture.options + SHARED_OPTIONS if name in there]
    for option, value in options.items():
        if option in ours or option in _NO_TEXT:
            raise ValueError(
                f"option {option!r} of {kind.__name__} is set from D, H, n_blocks, hidden, "
                "max_len, dropout."
            )
        if option not in allowed:
            raise ValueError(
                f"{kind.__name__} has no option {shown(option)} that a backbone takes. Cure: one "
                f"of {', '.join(allowed)}; see its documentation for the names."
            )
        if option == "attn_implementation" and value not in ATTENTION:
            raise ValueError(
                f"attn_implementation must be one of {', '.join(map(repr, ATTENTION))}, got "
                f"{shown(value)}. Cure: 'sdpa', or leave it out."
            )


def _wrong_options(kind, options, error):
    return (
        f"{kind.__name__} refuses options {shown(options, 120)}: {shown(error, 200)}. Cure: see "
        "its documentation for the values."
    )


def make_backbone(
    name: str,
    *,
    max_len: int,
    D: int,
    H: int,
    n_blocks: int,
    hidden: int | None = None,
    dropout: float = 0.0,
    options: dict[str, Any] | None = None,
) -> nn.Module:
    """A transformer of the library, its weights random from PyTorch's global generator.

    Arguments: see `backbone_config`. Its table of word vectors is taken out: it is fed with
    vectors, `inputs_embeds`, never with words.

    Raises ValueError for a width that the heads can't share.
    """
    check_rotary(D, H)
    sizes = {"max_len": max_len, "D": D, "H": H, "n_blocks": n_blocks, "hidden": hidden}
    config = backbone_config(name, **sizes, dropout=dropout, options=options)
    architecture = BACKBONES[name]
    with transformers_quietly() as transformers:
        kind = getattr(transformers, architecture.prefix + "Model")
        try:
            model = kind(config, **architecture.model)
        except KeyError as error:
            # An activation that it does not know.
            raise ValueError(_wrong_options(type(config), options, error)) from error
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

    The library counts columns from the left edge unless told. One more column of padding, and every
    click would have another position.
    """
    B, L = is_real.shape
    return torch.arange(L - 1, -1, -1, device=is_real.device).expand(B, L)


def additive_mask(visible, dtype=torch.float32):
    """A boolean mask for adding to scores: 0 where True, the lowest number where False.

    A 4-D mask is handed to the attention as it is. Under `eager` it is added: a boolean one would
    add 1 to what may be seen and hide nothing, without a word. This form means the same to `eager`
    and to `sdpa`. Same shape as `visible`, in the dtype that is asked for.
    """
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(
        ~visible, torch.finfo(dtype).min
    )


def library_inputs(name, vectors, is_real, causal):
    """What the forward of a backbone is called with.

    name:    of BACKBONES
    vectors: (B, L, D)
    is_real: (B, L) bool, padding on the left
    causal:  whether a position sees only itself and what came before

    Returns a dict: `inputs_embeds`; `attention_mask` (B, L), 1 = real, from which the library makes
    its own causal masks and windows; `position_ids`. XLNet has no position ids (its attention knows
    distances) and takes the causal mask as a "permutation", 1 = hidden: its own setting for that,
    attn_type="uni", breaks on a batch with padding.
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
    """Give a block of ours the weights of a block of GPT-2.

    theirs: a block of `transformers`' GPT2Model
    ours:   a `seqrec.models.TransformerBlock`, pre-norm, its activation GPT-2's

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
