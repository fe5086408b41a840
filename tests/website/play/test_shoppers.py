"""Who comes and what is clicked is drawn in JavaScript as in Python, bit for bit."""

import numpy as np
import pytest

from course.play.forecasters import SHOP_USERS, SHOPPERS
from website.play.data import JOURNEYS_SEED
from zooplus_sim import World, ZooplusSimulator
from zooplus_sim.keyed_random import Channel, first_draws

EVENTS = 60  # past the longest session, and past the ring of the last clicks in a type
TOLD = ("item", "session", "mission", "step", "distraction", "repeat")
DRAWS = """cases => cases.map(([seed, channel, user]) => {
  const key = play.streamKey(seed, channel, user);
  return [0, 1, 2, 3, 479].map(counter => play.uniform(key, counter));
})"""
JOURNEYS = """([seed, users, n, longest]) => users.map(user => {
  const world = { ...shop.world, max_session_length: longest };
  const shopper = new play.Shopper(world, shop.tables, seed, user);
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


@pytest.mark.parametrize(
    ("seed", "longest"),
    [(JOURNEYS_SEED, 20), (2**40 + 3, 20), (3, 4)],
    ids=["game 1", "a large seed", "sessions cut short"],
)
def test_the_same_seed_gives_the_same_shoppers_and_the_same_clicks(run, seed, longest):
    world = World.default().replace(max_session_length=longest)
    shop = ZooplusSimulator(n_users=SHOP_USERS, world=world)
    users = list(range(150))
    found = run(JOURNEYS, [str(seed), users, EVENTS, longest])
    log = shop.journeys(events_per_user=EVENTS, users=users, seed=seed)
    truth = log.truth
    rows = log.interactions.rename(columns={"item_id": "item", "session_id": "session"})
    rows["mission"] = truth["mission"].cat.codes
    rows = rows.join(truth[["step", "distraction", "repeat"]])
    told = [[event[name] for name in TOLD] for one in found for event in one["events"]]
    assert np.array_equal(np.array(told), rows[list(TOLD)].to_numpy(dtype=int))
    for name in ("persona", "tier"):
        codes = np.repeat([one[name] for one in found], EVENTS)
        assert np.array_equal(codes, truth[name].cat.codes)
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
