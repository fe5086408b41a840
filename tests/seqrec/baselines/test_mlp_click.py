"""What the network learns from exposures, measured against the probabilities that made them."""

import numpy as np
import pandas as pd
import pytest

from seqrec.baselines import MLPClick
from seqrec.baselines import mlp_click as baselines


@pytest.fixture(scope="module")
def told(large_shops):
    """Click probabilities (U, J) that the network tells in each of the three shops."""
    tables = []
    for seed, shop in enumerate(large_shops):
        users, items = np.indices(shop.truth.shape)
        model = MLPClick(shop.n_items, seed=seed, progress=False).fit(shop.exposures)
        tables.append(
            model.click_probability(users.ravel(), items.ravel() + 1).reshape(shop.truth.shape)
        )
    return tables


def cell_means(shop, values):
    """Mean of values (U, J) by persona and category."""
    cells = pd.DataFrame(
        {"p": shop.persona.ravel(), "c": shop.category.ravel(), "value": values.ravel()}
    )
    return cells.groupby(["p", "c"])["value"].mean()


def test_it_finds_the_persona_table_though_it_never_saw_a_persona(large_shops, told):
    """Averaged over seeds, each cell is off by at most four standard errors of the clicks in it,
    and 0.02 for what five epochs leave undone (an estimate per user is drawn towards everybody's
    mean).
    """
    errors, variances = [], []
    for shop, table in zip(large_shops, told, strict=True):
        truth = cell_means(shop, shop.truth)
        shown = (
            cell_means(shop, np.ones_like(shop.truth)) * len(shop.exposures) * share_of_pairs(shop)
        )
        errors.append(cell_means(shop, table) - truth)
        variances.append(truth * (1 - truth) / shown)
    error = sum(errors) / len(errors)
    standard_error = np.sqrt(sum(variances)) / len(variances)
    assert (error.abs() <= 4 * standard_error + 0.02).all(), error[
        error.abs() > 4 * standard_error + 0.02
    ]


def share_of_pairs(shop):
    """Share of all (user, product) pairs, so of the exposures, that each cell holds."""
    cells = pd.DataFrame({"p": shop.persona.ravel(), "c": shop.category.ravel()})
    return cells.value_counts(normalize=True).sort_index()


def test_what_it_calls_30_percent_happens_about_30_percent_of_the_time(large_shops, told):
    truth = np.concatenate([shop.truth.ravel() for shop in large_shops])
    told = np.concatenate([table.ravel() for table in told])
    assert told.mean() == pytest.approx(truth.mean(), abs=0.005)
    bins = np.digitize(told, [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5])
    gaps = np.array([abs(told[bins == b].mean() - truth[bins == b].mean()) for b in range(8)])
    shares = np.bincount(bins, minlength=8) / len(bins)
    assert gaps.max() < 0.08, gaps
    assert gaps @ shares < 0.02, gaps


def test_its_log_loss_is_close_to_the_least_possible(large_shops, told):
    """The least is the entropy of the clicks; knowing nothing but the overall click rate costs ten
    times as much.
    """

    def excess(truth, told):
        return np.mean(
            truth * np.log(truth / told) + (1 - truth) * np.log((1 - truth) / (1 - told))
        )

    for shop, table in zip(large_shops, told, strict=True):
        assert 0 < excess(shop.truth, table) < 0.1 * excess(shop.truth, shop.truth.mean())


def test_one_seed_gives_one_model_and_another_seed_another(shop):
    scores = [
        MLPClick(50, epochs=1, seed=s, progress=False).fit(shop.exposures).score(shop.users)
        for s in (0, 0, 1)
    ]
    np.testing.assert_array_equal(scores[0], scores[1])
    assert (scores[0] != scores[2])[:, 1:].all()


def test_the_score_is_the_logit_of_the_click_probability(shop):
    model = MLPClick(50, epochs=1, progress=False).fit(shop.exposures)
    users, items = np.indices(shop.truth.shape)
    probability = 1 / (1 + np.exp(-model.score(shop.users).astype(float)))
    told = model.click_probability(users.ravel(), items.ravel() + 1).reshape(shop.truth.shape)
    np.testing.assert_allclose(probability[:, 1:], told, rtol=1e-5)
    assert (probability[:, 0] == 0).all()


def test_scoring_in_chunks_changes_nothing(shop, monkeypatch):
    model = MLPClick(50, epochs=1, progress=False).fit(shop.exposures)
    whole = model.score(shop.users)
    monkeypatch.setattr(baselines, "PAIRS_AT_ONCE", 7 * 50)
    np.testing.assert_allclose(model.score(shop.users), whole, rtol=1e-5, atol=1e-6)


def test_the_training_loss_falls(shop):
    losses = MLPClick(50, epochs=6, batch_size=64, progress=False).fit(shop.exposures).losses_
    assert losses.shape == (6,)
    assert losses[-1] < losses[0] < np.log(2) + 0.05


def test_it_is_quiet_when_asked(shop, capsys):
    MLPClick(50, epochs=1, progress=False).fit(shop.exposures)
    assert capsys.readouterr() == ("", "")
    MLPClick(50, epochs=1).fit(shop.exposures)
    assert "MLPClick" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["D", "hidden", "epochs", "batch_size", "learning_rate"])
def test_a_setting_that_is_not_positive_is_named(shop, name):
    with pytest.raises(ValueError, match=f"{name} must be .*(positive|of 1 or more), got 0"):
        MLPClick(50, **{name: 0}).fit(shop.exposures)
