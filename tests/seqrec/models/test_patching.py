"""One state is exchanged, and nothing else."""

import pytest
import torch

from seqrec.models import SequenceEncoder, patched, states_by_layer, visible_mask

L, BLOCKS = 6, 3
CLEAN = torch.tensor([[0, 0, 3, 1, 7, 2], [4, 5, 6, 1, 2, 3]])
CORRUPT = torch.tensor([[0, 0, 3, 8, 7, 2], [4, 5, 6, 7, 2, 3]])
CHANGED = 3


@pytest.fixture(params=[(True, True), (False, True), (False, False)])
def encoder(request):
    causal, norm_first = request.param
    torch.manual_seed(0)
    return SequenceEncoder(
        8, L, D=8, H=2, n_blocks=BLOCKS, hidden=8, causal=causal, norm_first=norm_first
    ).eval()


def slowly(encoder, clean, corrupt, block, position):
    """Both runs side by side, a block at a time."""
    runs = [encoder.item(items) + encoder.position(L) for items in (clean, corrupt)]
    for number in range(BLOCKS + 1):
        if number > 0:
            runs = [
                encoder.blocks[number - 1](x, visible_mask(items, encoder.causal))[0]
                for x, items in zip(runs, (clean, corrupt), strict=True)
            ]
        if number == block:
            runs[1] = runs[1].clone()
            runs[1][:, position] = runs[0][:, position]
    return encoder.norm(runs[1])


def test_the_last_states_are_those_of_the_encoder_before_its_norm(encoder):
    states = states_by_layer(encoder, CLEAN)
    assert len(states) == BLOCKS + 1
    torch.testing.assert_close(encoder.norm(states[-1]), encoder(CLEAN))


@pytest.mark.parametrize("block", range(BLOCKS + 1))
@pytest.mark.parametrize("position", range(L))
def test_it_is_what_two_runs_side_by_side_give(encoder, block, position):
    torch.testing.assert_close(
        patched(encoder, CLEAN, CORRUPT, block, position),
        slowly(encoder, CLEAN, CORRUPT, block, position),
    )


def test_before_the_first_block_the_click_itself_is_exchanged_back(encoder):
    torch.testing.assert_close(patched(encoder, CLEAN, CORRUPT, 0, CHANGED), encoder(CLEAN))


def test_after_the_last_block_nothing_else_hears_of_it(encoder):
    expected = encoder(CORRUPT).clone()
    expected[:, CHANGED] = encoder(CLEAN)[:, CHANGED]
    torch.testing.assert_close(patched(encoder, CLEAN, CORRUPT, BLOCKS, CHANGED), expected)


@pytest.mark.parametrize("block", range(BLOCKS + 1))
def test_a_state_from_a_run_on_the_same_items_changes_nothing(encoder, block):
    torch.testing.assert_close(patched(encoder, CORRUPT, CORRUPT, block, 1), encoder(CORRUPT))
