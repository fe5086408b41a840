"""A simulated pet shop: personas with missions, a catalogue, click logs with and without order, the truth behind them.

Needs NumPy and pandas only. Start with

    from zooplus_sim import ZooplusSimulator
    log = ZooplusSimulator().journeys(events_per_user=40).interactions
"""

from zooplus_sim.exposures import generate_training_data
from zooplus_sim.oracle import Oracle
from zooplus_sim.realism import realism_report
from zooplus_sim.shuffling import ShuffleTest, shuffle_test
from zooplus_sim.simulator import Journeys, ZooplusSimulator
from zooplus_sim.world import World
from zooplus_sim.world_parts import WorldError

__all__ = [
    "Journeys",
    "Oracle",
    "ShuffleTest",
    "World",
    "WorldError",
    "ZooplusSimulator",
    "generate_training_data",
    "realism_report",
    "shuffle_test",
]
