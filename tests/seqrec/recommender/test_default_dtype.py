"""PyTorch's default dtype is the user's business: what was fitted answers the same under any."""

import numpy as np
import pytest
import torch

from tests.seqrec.recommender.shops import SMALL, pure_noise, small_recommender

LOG = pure_noise(n_users=8, n_events=5, n_items=6)


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module", params=SMALL)
def model(request):
    return small_recommender(request.param).fit(LOG.assign(outcome=1.0))


def test_answers_stay_under_another_default_dtype(model, request):
    expected = model.score_items(LOG), model.recommend(LOG, top_k=3), model.predict([1, 2], [3, 4])
    request.getfixturevalue("double")
    answer = model.score_items(LOG), model.recommend(LOG, top_k=3), model.predict([1, 2], [3, 4])
    for got, wanted in zip(answer, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)
        assert got.dtype == wanted.dtype


@pytest.mark.parametrize("name", ["SASRec", "BST", "SRGNN", "TwoTower"])
def test_a_model_of_doubles_answers(name, double):
    model = small_recommender(name).fit(LOG)
    assert model.recommend(LOG, top_k=3).shape == (8, 3)
    assert next(model.network_.parameters()).dtype == torch.float64


@pytest.mark.parametrize(
    "options", [{"top_k": np.int64(2)}, {"top_k": 2, "sampling_temperature": np.float32(1)}]
)
def test_options_may_be_numbers_of_numpy(options):
    model = small_recommender().fit(LOG)
    drawn = model.recommend(LOG, **options, seed=np.int64(3))
    plain = {
        name: value.item() if hasattr(value, "item") else value for name, value in options.items()
    }
    np.testing.assert_array_equal(drawn, model.recommend(LOG, **plain, seed=3))
