"""Who comes and what is clicked is drawn in JavaScript as in Python, bit for bit."""

import numpy as np

from course.play.forecasters import SHOPPERS
from website.play.data import JOURNEYS_SEED
from zooplus_sim.keyed_random import Channel, first_draws

EVENTS = 60  # past the longest session, and past the ring of the last clicks in a type
TOLD = ("item", "session", "mission", "step", "distraction", "repeat")
DRAWS = """cases => cases.map(([seed, channel, user]) => {
  const key = play.streamKey(seed, channel, user);
  return [0, 1, 2, 3, 479].map(counter => play.uniform(key, counter));
})"""
JOURNEYS = """([seed, users, n]) => users.map(user => {
  const shopper = new play.Shopper(shop.world, shop.tables, seed, user);
  const events = Array.from({ length: n }, () => shopper.next());
  return { persona: shopper.persona, tier: shopper.tier, events };
})"""


def test_draws_are_the_same_bits_for_seeds_of_any_length(run):
    seeds = (0, 1, 42, 2**32 - 1, 2**32, 2**53 + 1, 2**200 + 7)
    cases = [
        (seed, channel, user)
        for seed in seeds
        for channel in (Channel.WORLD, Channel.ITEM, Channel.POLICY)
        for user in (0, 11_999)
    ]
    found = run(DRAWS, [(str(seed), channel.name, user) for seed, channel, user in cases])
    for case, draws in zip(cases, found, strict=True):
        seed, channel, user = case
        expected = first_draws(seed, channel, np.array([user]), 480)[0, [0, 1, 2, 3, 479]]
        assert draws == expected.tolist(), case


def test_the_same_seed_gives_the_same_shoppers_and_the_same_clicks(shop, run):
    users = list(range(150))
    for seed in (JOURNEYS_SEED, 2**40 + 3):
        found = run(JOURNEYS, [str(seed), users, EVENTS])
        log = shop.journeys(events_per_user=EVENTS, users=users, seed=seed)
        truth = log.truth
        missions = truth["mission"].cat.codes
        rows = log.interactions.assign(mission=missions).join(
            truth[["step", "distraction", "repeat"]]
        )
        rows = rows.rename(columns={"item_id": "item", "session_id": "session"})
        told = [[event[name] for name in TOLD] for one in found for event in one["events"]]
        assert np.array_equal(np.array(told), rows[list(TOLD)].to_numpy(dtype=int))
        for name in ("persona", "tier"):
            assert np.array_equal(
                np.repeat([one[name] for one in found], EVENTS), truth[name].cat.codes
            )
        assert rows["repeat"].any() and rows["distraction"].any()


def test_game_one_is_annas_journey_in_chapter_00(run):
    found = run(
        """() => play.data.shoppers.map(({ name, persona, user }) => {
          const shopper = new play.Shopper(shop.world, shop.tables, 1, user);
          const clicks = [1, 2, 3].map(() => shopper.next().item);
          return [name, persona === shop.world.personas[shopper.persona], clicks];
        })""",
        None,
    )
    somebody = [shopper for shopper in SHOPPERS.values() if shopper.persona]
    assert found == [[shopper.name, True, list(shopper.clicks)] for shopper in somebody]
