"""A configuration of one's own: saved, and found again once it is registered."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from seqrec.models import SASRec
from seqrec.models.registry import MODELS
from seqrec.recommender import SASRecConfig, SequentialRecommender, register_model
from tests.seqrec.recommender.shops import going_round, small_recommender

LOG = going_round()


class Louder(SASRec):
    """Its states are `loudness` times as long."""

    def __init__(self, n_items, max_len, *, loudness, **options):
        super().__init__(n_items, max_len, **options)
        self.loudness = loudness

    @property
    def item_vectors(self):
        return self.loudness * super().item_vectors


@dataclass(frozen=True, kw_only=True)
class LouderConfig(SASRecConfig):
    loudness: float = 2.0
    network: ClassVar = Louder

    def check_network_options(self, options):
        options.pop("loudness")
        super().check_network_options(options)


@pytest.fixture(autouse=True)
def registry():
    """What is registered in a test is forgotten after it."""
    kept = dict(MODELS)
    yield
    MODELS.clear()
    MODELS.update(kept)


@pytest.fixture
def saved(tmp_path):
    config = LouderConfig(loudness=3.0, D=8, H=1, n_blocks=1)
    return small_recommender(config).fit(LOG).save(tmp_path)


def test_a_saved_configuration_of_ones_own_loads_after_registering(saved, tmp_path):
    assert register_model(LouderConfig) is LouderConfig
    loaded = SequentialRecommender.load(tmp_path, device="cpu")
    assert loaded.model == saved.model and loaded.network_.loudness == 3.0
    np.testing.assert_array_equal(loaded.score_items(LOG), saved.score_items(LOG))


def test_before_that_the_error_names_it_and_the_cure_works(saved, tmp_path):
    with pytest.raises(ValueError, match="LouderConfig") as caught:
        SequentialRecommender.load(tmp_path, device="cpu")
    cure = "register_model(LouderConfig)"
    assert f"seqrec.recommender.{cure} before" in str(caught.value)
    exec(cure)
    SequentialRecommender.load(tmp_path, device="cpu")


def test_a_name_that_is_there_is_refused():
    theirs = type("SASRecConfig", (SASRecConfig,), {})
    with pytest.raises(ValueError, match="'SASRecConfig' is taken, by seqrec.models.sasrec.SASRec"):
        register_model(theirs)
    for config in list(MODELS.values()):
        with pytest.raises(ValueError, match=f"{config.__name__!r} is taken"):
            register_model(config)
    register_model(LouderConfig)
    other = type("LouderConfig", (SASRecConfig,), {"__module__": "elsewhere"})
    with pytest.raises(ValueError, match="'LouderConfig' is taken, by tests.*Cure: another name"):
        register_model(other)
    assert MODELS["LouderConfig"] is LouderConfig and MODELS["SASRecConfig"] is SASRecConfig


def test_a_cell_that_is_run_twice_registers_the_newer_class():
    def cell():
        @register_model
        @dataclass(frozen=True, kw_only=True)
        class MineConfig(SASRecConfig):
            n_blocks: int = 1

        return MineConfig

    first, second = cell(), cell()
    assert first is not second and MODELS["MineConfig"] is second


@pytest.mark.parametrize("thing", [SASRecConfig(), "SASRecConfig", int, SASRec, None])
def test_what_is_no_configuration_is_refused(thing):
    with pytest.raises(TypeError, match="must be a subclass of ModelConfig.*Cure: the class"):
        register_model(thing)
