"""A simulated pet shop: personas with missions, a catalogue, click logs with and without order, and a storefront.

Needs NumPy and pandas only. Start with

    from zooplus_sim import ZooplusSimulator
    log = ZooplusSimulator().journeys(events_per_user=40).interactions

and, to try recommendations on shoppers who answer,

    from zooplus_sim import RandomPolicy, Storefront, run
    front = Storefront(ZooplusSimulator(), shoppers=300)
    log = run(front, RandomPolicy(front))
"""

from zooplus_sim.belief import Belief
from zooplus_sim.browsing import Browsing
from zooplus_sim.exposures import generate_training_data
from zooplus_sim.oracle import Oracle
from zooplus_sim.policies import BeliefPolicy, IntentPolicy, PopularityPolicy, RandomPolicy, ScorePolicy, run
from zooplus_sim.realism import realism_report
from zooplus_sim.shuffling import ShuffleTest, shuffle_test
from zooplus_sim.simulator import Journeys, ZooplusSimulator
from zooplus_sim.storefront import Storefront
from zooplus_sim.world import World
from zooplus_sim.world_parts import WorldError

__all__ = [
    "Belief",
    "BeliefPolicy",
    "Browsing",
    "IntentPolicy",
    "Journeys",
    "Oracle",
    "PopularityPolicy",
    "RandomPolicy",
    "ScorePolicy",
    "ShuffleTest",
    "Storefront",
    "World",
    "WorldError",
    "ZooplusSimulator",
    "generate_training_data",
    "realism_report",
    "run",
    "shuffle_test",
]
