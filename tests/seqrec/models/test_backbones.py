"""Backbones of `transformers`: padding changes nothing, nobody sees the future, no download."""

import os
import socket
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import pad

from seqrec.losses import cloze_loss, next_item_loss
from seqrec.models import (
    BACKBONES,
    CausalBackbone,
    MaskedBackbone,
    SequenceEncoder,
    TransformerBlock,
    backbone_config,
    make_backbone,
    visible_mask,
)
from seqrec.models.backbones import (
    additive_mask,
    copy_gpt2_block,
    library_inputs,
    positions_from_the_end,
)
from seqrec.models.huggingface import BackboneEncoder
from seqrec.training import TrainConfig, train

transformers = pytest.importorskip(
    "transformers", reason="needs the extra: pip install zooplus-course[huggingface]"
)

N_ITEMS, MAX_LEN = 9, 24
ITEMS = torch.tensor([[0, 0, 3, 4, 7], [1, 2, 3, 4, 5], [0, 0, 0, 0, 9], [0, 0, 0, 0, 0]])
# Every backbone in each direction, and under each way to compute attention that it has.
KINDS = [
    pytest.param(
        name, causal, implementation, id=f"{name}-{'causal' if causal else 'both'}-{implementation}"
    )
    for name, architecture in BACKBONES.items()
    for causal in architecture.causal
    for implementation in (("eager",) if name == "xlnet" else ("eager", "sdpa"))
]


def make(name, causal, implementation="eager", seed=0, **settings):
    """Three blocks, every parameter drawn; ModernBERT's second sees 3 clicks on either side."""
    options = {"attn_implementation": implementation} | (
        {"local_attention": 6} if name == "modernbert" else {}
    )
    torch.manual_seed(seed)
    said = {"D": 8, "H": 2, "n_blocks": 3, "options": options} | settings
    encoder = BackboneEncoder(N_ITEMS, MAX_LEN, backbone=name, causal=causal, **said)
    for parameter_name, parameter in encoder.named_parameters():
        if parameter_name != "item.weight":
            nn.init.normal_(parameter, mean=0.1, std=0.4)
    return encoder.eval()


@pytest.mark.parametrize(("name", "causal", "implementation"), KINDS)
@pytest.mark.parametrize("pads", [1, 9])
def test_extra_padding_changes_nothing(name, causal, implementation, pads):
    encoder = make(name, causal, implementation)
    with torch.no_grad():
        before, after = encoder(ITEMS), encoder(pad(ITEMS, (pads, 0)))[:, pads:]
    assert after.isfinite().all()
    torch.testing.assert_close(after[ITEMS != 0], before[ITEMS != 0], atol=2e-5, rtol=0)


@pytest.mark.parametrize(("name", "causal", "implementation"), KINDS)
def test_nobody_looks_at_what_padding_holds(name, causal, implementation):
    encoder = make(name, causal, implementation)
    with torch.no_grad():
        before = encoder(ITEMS)
        encoder.item.weight[0] = 7.0
        after = encoder(ITEMS)
    torch.testing.assert_close(after[ITEMS != 0], before[ITEMS != 0], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("name", "causal", "implementation"), KINDS)
@settings(max_examples=10, deadline=None)
@given(changed=st.integers(0, 9), seed=st.integers(0, 3))
def test_a_change_moves_what_may_see_it_and_nothing_else(
    name, causal, implementation, changed, seed
):
    encoder = make(name, causal, implementation, seed)
    items = torch.randint(1, N_ITEMS, (1, 10), generator=torch.Generator().manual_seed(seed))
    other = items.clone()
    other[0, changed] = N_ITEMS
    with torch.no_grad():
        moved = (encoder(items) - encoder(other)).abs().amax(dim=-1)[0]  # (L,)
    assert (moved[changed:] > 1e-6).all()
    if causal:
        assert (moved[:changed] == 0).all()
    else:
        assert (moved[:changed] > 1e-6).all()


@pytest.mark.parametrize(("name", "causal", "implementation"), KINDS)
def test_order_means_something(name, causal, implementation):
    encoder = make(name, causal, implementation)
    with torch.no_grad():
        there, back = (
            encoder(torch.tensor([row]))[0, -1] for row in ([1, 2, 3, 4, 5], [4, 3, 2, 1, 5])
        )
    assert (there - back).abs().max() > 1e-3


@pytest.mark.parametrize(("name", "causal", "implementation"), KINDS)
def test_rows_of_a_batch_do_not_touch(name, causal, implementation):
    encoder = make(name, causal, implementation)
    with torch.no_grad():
        together, alone = encoder(ITEMS), torch.cat([encoder(row[None]) for row in ITEMS])
    torch.testing.assert_close(together[ITEMS != 0], alone[ITEMS != 0], atol=2e-5, rtol=0)


# What goes wrong when a backbone is called as one would at first: the reasons for `library_inputs`.


def moved_by_padding(model, vectors, pads, inputs):
    """How far states go when zeros are put before them. inputs(is_real) -> further arguments."""
    is_real = torch.ones(vectors.shape[:2], dtype=torch.bool)
    with torch.no_grad():
        before = model(inputs_embeds=vectors, **inputs(is_real)).last_hidden_state
        longer, is_real = pad(vectors, (0, 0, pads, 0)), pad(is_real, (pads, 0))
        after = model(inputs_embeds=longer, **inputs(is_real)).last_hidden_state[:, pads:]
    return (before - after).abs().max().item()


@pytest.mark.parametrize("name", [name for name in BACKBONES if name != "xlnet"])
def test_without_a_mask_padding_is_read_and_without_positions_learned_ones_slip(name):
    model, vectors = make(name, BACKBONES[name].causal[0]).backbone, torch.randn(2, 5, 8)
    assert moved_by_padding(model, vectors, 4, lambda is_real: {}) > 1e-3
    masked = moved_by_padding(model, vectors, 4, lambda is_real: {"attention_mask": is_real.long()})
    both = {"attention_mask": torch.Tensor.long, "position_ids": positions_from_the_end}
    right = moved_by_padding(
        model, vectors, 4, lambda is_real: {key: of(is_real) for key, of in both.items()}
    )
    assert right < 2e-5
    # The others know distances, which padding leaves alone.
    learns_positions = name in ("gpt2", "bert")
    assert (masked > 1e-3) if learns_positions else (masked < 2e-5)


def test_xlnets_own_causal_setting_breaks_on_a_padded_batch_and_the_permutation_means_the_same():
    config = backbone_config("xlnet", max_len=9, D=8, H=2, n_blocks=2, options={"attn_type": "uni"})
    torch.manual_seed(0)
    uni = transformers.XLNetModel(config).eval()
    vectors, is_real = torch.randn(2, 5, 8), torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, 1, 1]]).bool()
    with pytest.raises(
        RuntimeError, match="broadcast"
    ):  # once this fails the library is mended: use the setting
        uni(inputs_embeds=vectors, attention_mask=is_real.long())
    permuted = make_backbone("xlnet", max_len=9, D=8, H=2, n_blocks=2).eval()
    permuted.load_state_dict(uni.state_dict(), strict=False)
    with torch.no_grad():
        states = permuted(
            **library_inputs("xlnet", vectors, is_real, causal=True)
        ).last_hidden_state
        for row in range(2):  # one row at a time it works
            inputs = {
                "inputs_embeds": vectors[row : row + 1],
                "attention_mask": is_real[row : row + 1].long(),
            }
            expected = uni(**inputs).last_hidden_state[0]
            torch.testing.assert_close(
                states[row][is_real[row]], expected[is_real[row]], atol=1e-6, rtol=0
            )


@pytest.mark.parametrize("name", ["gpt2", "llama", "bert"])
@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
def test_a_mask_for_each_pair_works_as_a_sum_and_as_a_boolean_one_only_under_sdpa(
    name, implementation
):
    causal = BACKBONES[name].causal[0]
    model, vectors = make(name, causal, implementation).backbone, torch.randn(4, 5, 8)
    is_real, visible = ITEMS[:3] != 0, visible_mask(ITEMS[:3], causal)
    inputs = library_inputs(name, vectors[:3], is_real, causal)
    with torch.no_grad():
        expected = model(**inputs).last_hidden_state[is_real]
        as_sum = model(**inputs | {"attention_mask": additive_mask(visible)}).last_hidden_state[
            is_real
        ]
        as_bool = model(**inputs | {"attention_mask": visible}).last_hidden_state[is_real]
    torch.testing.assert_close(as_sum, expected, atol=1e-5, rtol=0)
    assert ((as_bool - expected).abs().max() < 1e-5) == (implementation == "sdpa")


def test_a_mask_for_each_pair_takes_modernberts_windows_away():
    model = make("modernbert", False, "sdpa").backbone
    vectors, items = torch.randn(1, 20, 8), torch.ones(1, 20, dtype=torch.long)
    inputs = library_inputs("modernbert", vectors, items != 0, causal=False)
    with torch.no_grad():
        windowed = model(**inputs).last_hidden_state
        full = model(
            **inputs | {"attention_mask": visible_mask(items, causal=False)}
        ).last_hidden_state
    assert (windowed - full).abs().max() > 1e-2


# The same block as ours.


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
def test_a_gpt2_block_is_our_block_with_its_weights(implementation):
    options = {"activation_function": "relu", "attn_implementation": implementation}
    encoder = make("gpt2", True, n_blocks=1, options=options)
    ours = TransformerBlock(8, 2, hidden=32, norm_first=True, activation="relu")
    copy_gpt2_block(encoder.backbone.h[0], ours)
    x = torch.randn(4, 5, 8)
    visible = visible_mask(ITEMS, causal=True)
    mask = additive_mask(visible)
    with torch.no_grad():
        theirs = encoder.backbone.h[0](x, attention_mask=mask)
        theirs = theirs if isinstance(theirs, torch.Tensor) else theirs[0]
        torch.testing.assert_close(theirs, ours(x, visible)[0], atol=1e-5, rtol=1e-5)


def test_a_whole_gpt2_is_our_encoder_with_its_weights():
    encoder = make("gpt2", True, options={"activation_function": "relu"})
    ours = SequenceEncoder(N_ITEMS, MAX_LEN, D=8, H=2, n_blocks=3, hidden=32, causal=True)
    ours.load_state_dict(
        {"item.weight": encoder.item.weight, "position.weight": encoder.backbone.wpe.weight}
        | {f"norm.{part}": getattr(encoder.backbone.ln_f, part) for part in ("weight", "bias")},
        strict=False,
    )
    for theirs, block in zip(encoder.backbone.h, ours.blocks, strict=True):
        copy_gpt2_block(theirs, block)
    with torch.no_grad():
        torch.testing.assert_close(
            encoder(ITEMS)[ITEMS != 0], ours(ITEMS)[ITEMS != 0], atol=2e-5, rtol=1e-4
        )


def test_a_bert_layer_is_our_post_norm_block_with_its_weights():
    options = {"hidden_act": "relu", "layer_norm_eps": 1e-5}  # its own is 1e-12
    layer = make("bert", False, n_blocks=1, options=options).backbone.encoder.layer[0]
    ours = TransformerBlock(8, 2, hidden=32, norm_first=False, activation="relu")
    own = layer.attention.self
    with torch.no_grad():
        for part in ("weight", "bias"):
            joined = torch.cat([getattr(kind, part) for kind in (own.query, own.key, own.value)])
            getattr(ours.attention.project, part).copy_(joined)
            for theirs, here in (
                (layer.attention.output.dense, ours.attention.merge),
                (layer.attention.output.LayerNorm, ours.norms[0]),
                (layer.intermediate.dense, ours.ffn[0]),
                (layer.output.dense, ours.ffn[2]),
                (layer.output.LayerNorm, ours.norms[1]),
            ):
                getattr(here, part).copy_(getattr(theirs, part))
        x, visible = torch.randn(4, 5, 8), visible_mask(ITEMS, causal=False)
        theirs = layer(x, attention_mask=additive_mask(visible))
        theirs = theirs if isinstance(theirs, torch.Tensor) else theirs[0]
        torch.testing.assert_close(theirs, ours(x, visible)[0], atol=1e-5, rtol=1e-5)


# Offline, and settings.

OFFLINE = """
import socket
def refuse(*args, **kwargs):
    raise AssertionError(f"the network was asked for: {args}")
socket.socket.connect = socket.socket.connect_ex = refuse
socket.create_connection = socket.getaddrinfo = refuse
import torch
from seqrec.models import CausalBackbone, MaskedBackbone
from seqrec.losses import cloze_loss, next_item_loss
from seqrec.training import TrainConfig, train
sequences = torch.randint(1, 10, (6, 8))
for number, name in enumerate(["gpt2", "llama", "xlnet", "bert", "modernbert", "xlnet"]):
    kind = CausalBackbone if number < 3 else MaskedBackbone
    network = kind(9, 8, backbone=name, D=8, H=1, n_blocks=1)
    loss = next_item_loss(sequences) if number < 3 else cloze_loss(sequences, 0.3)
    train(network, loss, 6, TrainConfig(epochs=1, batch_size=3), progress=False)
    assert network.score_catalogue(sequences[:, 1:]).isfinite()[:, 1:].all()
print("done")
"""


def test_every_backbone_is_made_trained_and_used_without_a_network(tmp_path):
    """Sockets are closed to the whole process, and the hub's folder is empty."""
    environment = os.environ | {"HF_HOME": str(tmp_path), "OMP_NUM_THREADS": "1"}
    environment.pop("HF_HUB_OFFLINE", None)  # it would not even try
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n" and done.stderr == ""  # and it is quiet
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_block_on_sockets_blocks():
    code = OFFLINE.split("import torch")[0] + "socket.create_connection(('127.0.0.1', 1))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode != 0 and "the network was asked for" in done.stderr
    assert socket.create_connection  # untouched here


def test_the_recommender_imports_without_transformers():
    code = "import sys; import seqrec.recommender; print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_a_network_of_the_library_learns_by_heart_and_the_seed_decides_its_weights():
    sequences = torch.randint(1, 31, (20, 9), generator=torch.Generator().manual_seed(0))
    weights = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        network = CausalBackbone(30, 8, D=32, dropout=0.0)
        config = TrainConfig(
            epochs=60, batch_size=20, learning_rate=0.01, weight_decay=0.0, seed=seed
        )
        train(network, next_item_loss(sequences), 20, config, progress=False)
        weights.append(network.encoder.item.weight.detach())
    assert (
        network.score_catalogue(sequences[:, :-1]).argmax(dim=1) == sequences[:, -1]
    ).float().mean() > 0.9
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize("network", [CausalBackbone, MaskedBackbone])
def test_padding_and_mask_get_no_probability_and_padding_no_gradient(network):
    torch.manual_seed(0)
    model = network(N_ITEMS, 8, D=8)
    scores = model.score_catalogue(ITEMS)
    assert scores.shape == (4, N_ITEMS + 1) and (scores[:, 0] == -torch.inf).all()
    torch.testing.assert_close(scores.exp().sum(dim=1), torch.ones(4))
    loss = next_item_loss(ITEMS[:2]) if network is CausalBackbone else cloze_loss(ITEMS[:3], 0.5)
    loss(model, torch.arange(2), torch.Generator().manual_seed(0)).backward()
    assert (model.encoder.item.weight.grad[0] == 0).all()
    assert (model.encoder.item.weight.grad[1:-1] != 0).any(dim=1).all()


def test_context_moves_states_as_the_item_vectors_do_and_must_have_its_shape():
    encoder = make("gpt2", True, n_context=3)
    context = torch.randn(4, 5, 3)
    with torch.no_grad():
        vectors = encoder.item(ITEMS) + context @ encoder.context.weight.T
        expected = encoder.backbone(
            **library_inputs("gpt2", vectors, ITEMS != 0, True)
        ).last_hidden_state
        torch.testing.assert_close(encoder(ITEMS, context), expected, atol=1e-6, rtol=1e-6)
        later = context.clone()
        later[:, -1] += 1
        is_before = (ITEMS != 0)[:, :-1]
        assert torch.equal(
            encoder(ITEMS, later)[:, :-1][is_before], encoder(ITEMS, context)[:, :-1][is_before]
        )
    for wrong in (None, context[:, 1:], context[..., :2]):
        with pytest.raises(ValueError, match=r"context must be \(4, 5, 3\), got"):
            encoder(ITEMS, wrong)
    with pytest.raises(ValueError, match="context must be None"):
        make("gpt2", True)(ITEMS, context)


def test_a_sequence_that_is_too_long_is_refused():
    with pytest.raises(
        ValueError, match=f"the sequence is {MAX_LEN + 1} long, max_len is {MAX_LEN}"
    ):
        make("xlnet", True)(torch.ones(1, MAX_LEN + 1, dtype=torch.long))


TABLES_OF_WORDS = (
    "wte.weight",
    "embed_tokens.weight",
    "word_embedding.weight",
    "word_embeddings.weight",
    "tok_embeddings.weight",
)
SIZES = {"max_len": 9, "D": 8, "H": 2, "n_blocks": 1}


@pytest.mark.parametrize("name", BACKBONES)
def test_the_size_asked_for_is_the_size_made(name):
    model = make_backbone(name, max_len=7, D=12, H=3, n_blocks=2, hidden=20, dropout=0.3)
    config = model.config
    heads = config.num_attention_heads
    assert (config.hidden_size, heads, config.num_hidden_layers) == (12, 3, 2)
    dropouts = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    dropouts += [getattr(config, "attention_dropout", 0.0)] if name == "llama" else []
    assert 0.3 in dropouts and set(dropouts) <= {0.0, 0.3}
    sizes = {size for parameter in model.parameters() for size in parameter.shape}
    assert sizes & {20, 40}  # ModernBERT's gate doubles it
    assert not [name for name, _ in model.named_parameters() if name.endswith(TABLES_OF_WORDS)]
    assert model.config.initializer_range == 12**-0.5


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"activation_functoin": "relu"}, "GPT2Config has no option 'activation_functoin'"),
        ({"n_embd": 3}, "option 'n_embd' of GPT2Config is set from D"),
        ({"vocab_size": 3}, "option 'vocab_size' of GPT2Config is set from D"),
    ],
)
def test_an_option_that_would_be_taken_in_silence_is_refused(options, told):
    with pytest.raises(ValueError, match=told):
        backbone_config("gpt2", **SIZES, options=options)


@pytest.mark.parametrize(
    ("network", "settings", "told"),
    [
        (
            CausalBackbone,
            {"backbone": "bert"},
            "backbone 'bert' looks at what comes after.* one of gpt2, llama, xlnet",
        ),
        (
            MaskedBackbone,
            {"backbone": "gpt2"},
            "backbone 'gpt2' sees only what came .* one of xlnet, bert, modernbert",
        ),
        (
            CausalBackbone,
            {"backbone": "gpt9"},
            "backbone 'gpt9' is unknown. Cure: one of gpt2, llama, ",
        ),
        (CausalBackbone, {"D": 12, "H": 4}, "4 heads need a width that is a multiple of 8"),
    ],
)
def test_a_backbone_that_cannot_work_is_refused(network, settings, told):
    with pytest.raises(ValueError, match=told):
        network(9, 8, **settings)


def test_without_the_library_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ImportError, match=r'pip install "zooplus-course\[huggingface\]"'):
        CausalBackbone(9, 8)
