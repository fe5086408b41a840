"""A simulated pet shop: personas with missions, a catalogue, click logs and a storefront.

Needs NumPy and pandas only. Start with

    from zooplus_sim import ZooplusSimulator
    log = ZooplusSimulator().journeys(events_per_user=40).interactions

and, to try recommendations on shoppers who answer,

    from zooplus_sim import RandomPolicy, Storefront, run
    front = Storefront(ZooplusSimulator(), shoppers=300)
    log = run(front, RandomPolicy(front))

Where things are; a wing imports itself and lower floors:

    6  __main__.py         `python -m zooplus_sim --help`: a shop's log as files
    5  storefront/         shoppers who answer what they are shown, what can be known of them,
                           and policies
       benchmark/          tasks whose ceiling is known, for models of any library:
                           `python -m zooplus_sim.benchmark list`
    4  oracle/             the best possible prediction, exactly
       logs/               a log that is larger than memory; realism report and shuffle test, which
                           run on any log; what the command line takes
    3  journeys/           the simulator: who comes, what is clicked; the log without order
    2  world/              every constant of the shop, checked; catalogue, tables, launches
    1  keyed_random.py     random numbers that belong to a user and a step
       files.py            whole files or none
       default_world.toml  the shop of the course
    0  checks.py           is this a count, and is there room for it?
"""

from zooplus_sim.journeys.exposures import generate_training_data
from zooplus_sim.journeys.journeys import Journeys
from zooplus_sim.journeys.simulator import ZooplusSimulator
from zooplus_sim.logs.partitioned import write_journeys
from zooplus_sim.logs.realism import RANGES, realism_report
from zooplus_sim.logs.shuffling import ShuffleTest, shuffle_test
from zooplus_sim.oracle.oracle import Oracle
from zooplus_sim.storefront.belief import Belief
from zooplus_sim.storefront.browsing import Browsing
from zooplus_sim.storefront.policies import (
    BeliefPolicy,
    IntentPolicy,
    PopularityPolicy,
    RandomPolicy,
    ScorePolicy,
    run,
)
from zooplus_sim.storefront.storefront import Storefront
from zooplus_sim.world.parts import WorldError
from zooplus_sim.world.world import World

__all__ = [
    "Belief",
    "BeliefPolicy",
    "Browsing",
    "IntentPolicy",
    "Journeys",
    "Oracle",
    "PopularityPolicy",
    "RANGES",
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
    "write_journeys",
]
