"""Where in the sequence: the formula of the waves, and counting from the end."""

import math

import pytest
import torch

from seqrec.models.positions import POSITIONS, sinusoidal_positions


def test_the_waves_are_the_papers_formula():
    waves = sinusoidal_positions(40, 6)
    for pos in range(40):
        for i in range(3):
            angle = pos / 10_000 ** (2 * i / 6)
            assert waves[pos, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert waves[pos, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_the_product_of_two_waves_depends_on_their_distance_only():
    waves = sinusoidal_positions(50, 16)
    products = waves @ waves.T
    for distance in (1, 7):
        diagonal = products.diagonal(distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), atol=1e-4, rtol=0)


def test_an_odd_width_has_no_pairs():
    with pytest.raises(ValueError, match="D must be even, got 5"):
        sinusoidal_positions(4, 5)


@pytest.mark.parametrize("kind", POSITIONS)
def test_positions_are_counted_from_the_end(kind):
    positions = POSITIONS[kind](6, 4)
    assert positions(6).shape == (6, 4)
    for L in range(6):
        assert torch.equal(positions(L), positions(6)[6 - L :])


@pytest.mark.parametrize("kind", POSITIONS)
def test_only_learned_positions_learn_and_only_they_are_saved(kind):
    positions = POSITIONS[kind](6, 4)
    expected = ["weight"] if kind == "learned" else []
    assert (
        [name for name, _ in positions.named_parameters()]
        == list(positions.state_dict())
        == expected
    )
