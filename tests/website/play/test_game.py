"""The rules: what lies on a shelf, who scores, and the link that makes a game again."""

import numpy as np
import pytest
from scipy import stats

PLAYED = """([numbers, choices]) => {
  const forecasters = play.forecasters(shop);
  return play.data.shoppers.flatMap(who => numbers.map(number => {
    const game = new play.Game(shop, forecasters, who, number, choices);
    const turns = game.turns.map(t => ({ ...t, oracle: Array.from(t.laws?.oracle ?? []) }));
    return { clicks: game.clicks, turns, score: game.score(), link: game.link(), user: who.user };
  }));
}"""
CHOICES = [0, 8, 3, 3, 1, 5, 2, 7, 6, 4]


@pytest.fixture(scope="module")
def games(run):
    return run(PLAYED, [[1, 2], CHOICES])


def test_the_clicks_of_a_game_are_those_of_the_shop_under_its_number(games, shop):
    for number in (1, 2):
        users = [game["user"] for game in games[number - 1 :: 2]]
        log = shop.journeys(events_per_user=13, users=users, seed=number).interactions
        clicks = [game["clicks"] for game in games[number - 1 :: 2]]
        assert np.array_equal(np.ravel(clicks), log["item_id"])


def test_a_shelf_holds_the_click_and_eight_others(games):
    for game in games:
        for n, turn in enumerate(game["turns"]):
            assert len(set(turn["shelf"])) == 9 and set(turn["shelf"]) <= set(range(1, 51))
            assert turn["shelf"][turn["answer"]] == game["clicks"][3 + n]
            assert turn["before"] == game["clicks"][: 3 + n]


def test_each_product_is_beside_the_click_equally_often_and_each_place_holds_it(run):
    function = """n => {
      const key = play.streamKey(7, "POLICY", 0);
      const times = new Array(51).fill(0), places = new Array(9).fill(0);
      for (let game = 0; game < n; game++) {
        const shelf = play.shelf(5, 50, counter => play.uniform(key, 16 * game + counter));
        shelf.forEach(item => times[item]++);
        places[shelf.indexOf(5)]++;
      }
      return [times, places];
    }"""
    times, places = run(function, 4000)
    assert times[5] == sum(places) == 4000
    for counts in (times[1:5] + times[6:], places):
        assert stats.chisquare(counts).pvalue > 0.001


def test_you_score_by_hits_and_nobody_is_worth_more_than_the_oracle(games):
    for game in games:
        score = game["score"]
        hits = [turn["answer"] == said for turn, said in zip(game["turns"], CHOICES, strict=True)]
        assert score["you"]["hits"] == hits
        worth = sum(t["oracle"][said] for t, said in zip(game["turns"], CHOICES, strict=True))
        np.testing.assert_allclose(score["you"]["worth"], worth)
        best = sum(max(turn["oracle"]) for turn in game["turns"])
        np.testing.assert_allclose(score["oracle"]["worth"], best)
        assert all(part["worth"] <= best + 1e-9 for part in score.values())


def test_a_link_makes_the_same_game_again_and_another_is_none(games, run):
    assert games[0]["link"] == "#anna-1-1944263875"
    links = ["#anna-1-1944263875", "#finn-12", "#bea-3-9"]
    links += ["", "#", "#anna", "#anna-1-0", "#anna-1-11111111111", "#a-b", "#anna-1-1x", "#Anna-1"]
    found = run("links => links.map(play.readLink)", links)
    assert found[0] == {"name": "anna", "number": 1, "choices": CHOICES}
    assert found[1] == {"name": "finn", "number": 12, "choices": []}
    assert found[2] == {"name": "bea", "number": 3, "choices": [8]}
    assert found[3:] == [None] * 8


def test_who_has_more_hits_wins_and_as_many_are_a_draw(run):
    function = """cases => cases.map(([yours, best]) => play.verdict({ score: () => ({
      you: { hits: [...Array(10)].map((_, n) => n < yours), worth: 4.04 },
      oracle: { hits: [...Array(10)].map((_, n) => n >= 10 - best), worth: 6 } }) }))"""
    won, lost, drawn = run(function, [[7, 6], [0, 9], [5, 5]])
    assert won.startswith("You win: you 7, the oracle 6. ")
    assert lost.startswith("The oracle wins: you 0, the oracle 9. ")
    assert drawn.startswith("A draw: you 5, the oracle 5. ")
    assert "bring 4.0 hits on average, the oracle’s 6.0;" in drawn


def test_arrows_move_on_a_shelf_of_three_by_three_and_stop_at_its_edge(run):
    found = run(
        """keys => keys.map(key => [...Array(9)].map((_, place) => play.neighbour(place, key)))""",
        ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"],
    )
    assert found == [
        [0, 0, 1, 3, 3, 4, 6, 6, 7],
        [1, 2, 2, 4, 5, 5, 7, 8, 8],
        [0, 1, 2, 0, 1, 2, 3, 4, 5],
        [3, 4, 5, 6, 7, 8, 6, 7, 8],
    ]
