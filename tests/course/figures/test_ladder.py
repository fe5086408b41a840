"""The ladder is drawn from the measured tables, group by group."""

import pytest

from course import measured
from course.figures import ladder


def test_rungs_are_means_over_the_seeds_of_their_tables():
    table = ladder.rungs()
    bst = measured("07_bst").query("model == 'BST'")["share"]
    rung = table[table["model"] == "BST"].iloc[0]
    assert rung["share"] == pytest.approx(bst.mean()) and rung["sd"] == pytest.approx(bst.std())
    assert table["share"].between(0, 1).all()  # nobody passes the oracle


def test_of_learning_curves_the_epoch_with_the_lowest_validation_loss_counts():
    curves = measured("09_compare").query("model == 'BERT4Rec' and budget == 24")
    chosen = [run.sort_values("valid_loss")["next"].iloc[0] for _, run in curves.groupby("seed")]
    (rung,) = ladder.rungs().query("model == 'BERT4Rec'")["share"]
    assert rung == pytest.approx(sum(chosen) / len(chosen))


@pytest.mark.parametrize(
    ("wanted", "why"),
    [({"model": "BTS"}, "two seeds or more"), ({"group": "all"}, "several rows of one seed")],
)
def test_a_rung_that_is_misspelt_or_means_several_models_is_refused(monkeypatch, wanted, why):
    group = ladder.Group("chapter 12", "12_graphs", "share", {"SR-GNN": wanted})
    monkeypatch.setattr(ladder, "GROUPS", (group,))
    with pytest.raises(ValueError, match=why):
        ladder.rungs()


def test_every_rung_is_in_the_figure_and_in_its_description():
    ax = ladder.ladder_figure().axes[0]
    table, told = ladder.rungs(), ladder.ladder_alt()
    assert [label.get_text() for label in ax.get_yticklabels()] == table["model"].tolist()
    assert all(f"{rung.model} {rung.share:.0%}" in told for rung in table.itertuples())


def test_the_first_ladder_has_six_rungs_of_one_protocol_from_popularity_up():
    table = ladder.first_rungs()
    assert table["told"].nunique() == 1 and len(table) == 6
    assert table.iloc[0][["model", "share", "sd"]].tolist() == ["popularity", 0, 0]
    everywhere = ladder.rungs().drop_duplicates("model").set_index("model")["share"]
    assert table["share"][1:].tolist() == everywhere[table["model"][1:]].tolist()


def test_the_first_ladder_shows_and_tells_each_rung():
    table = ladder.first_rungs()
    ax = ladder.first_ladder_figure(table).axes[0]
    assert [label.get_text() for label in ax.get_yticklabels()] == table["model"].tolist()
    assert [bar.get_width() for bar in ax.patches] == table["share"].tolist()
    told = ladder.first_ladder_alt(table)
    assert all(f"{rung.model} {rung.share:.0%}" in told for rung in table.itertuples())
