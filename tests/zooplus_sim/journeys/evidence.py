"""What a log and its truth show, click by click: everything that the story's probabilities are
conditioned on.

Rebuilt from the two tables and the configuration alone, with none of the simulator's own tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zooplus_sim import Journeys, World, ZooplusSimulator


@dataclass(frozen=True, eq=False)
class Evidence:
    """One entry per click (N,), in the order of the log.

    Names are numbers, in the world's order.
    """

    user: np.ndarray
    item: np.ndarray
    time: np.ndarray
    outcome: np.ndarray
    session: np.ndarray
    persona: np.ndarray
    tier: np.ndarray
    mission: np.ndarray
    step: np.ndarray
    distraction: np.ndarray
    repeat: np.ndarray
    kind: np.ndarray  # product type of the item
    first: np.ndarray  # the user's first click
    opens: np.ndarray  # the first click of a session
    place: np.ndarray  # 0, 1, ... within the session
    visited: np.ndarray  # bit mask of the mission's steps clicked in the session before this click
    done: np.ndarray  # the mission is done after this click
    ended: np.ndarray  # the session ends with this click
    end_is_known: (
        np.ndarray
    )  # False for a user's last click, unless the log stops after whole sessions
    earlier: np.ndarray  # clicks of the user on this type before
    earlier_items: np.ndarray  # (N, R) the latest of these, newest first, 0 where there are fewer

    @classmethod
    def of(
        cls, world: World, sim: ZooplusSimulator, journeys: Journeys, whole_sessions: bool = False
    ) -> Evidence:
        log, truth = journeys.interactions, journeys.truth
        user, item, session = (
            log[name].to_numpy() for name in ("user_id", "item_id", "session_id")
        )
        types = {kind.name: number for number, kind in enumerate(world.product_types)}
        kind = np.r_[-1, sim.products["product_type"].map(types)][item]
        mission = _numbers(truth["mission"], world.missions)

        first = np.r_[True, user[1:] != user[:-1]]
        opens = first | np.r_[True, session[1:] != session[:-1]]
        place = np.arange(len(user)) - np.flatnonzero(opens)[np.cumsum(opens) - 1]
        step_bit = np.zeros((len(world.missions), len(types)), dtype=np.int64)
        for number, part in enumerate(world.missions):
            for step, name in enumerate(part.steps):
                step_bit[number, types[name]] = 1 << step
        visited = np.zeros(len(user), dtype=np.int64)
        for number in range(1, place.max() + 1):
            now = np.flatnonzero(place == number)
            visited[now] = visited[now - 1] | step_bit[mission[now - 1], kind[now - 1]]
        every_step = np.array([(1 << len(part.steps)) - 1 for part in world.missions])[mission]

        together = np.argsort(user * len(types) + kind, kind="stable")  # by user and type, in time
        starts = np.flatnonzero(np.r_[True, np.diff((user * len(types) + kind)[together]) != 0])
        rank = np.arange(len(user)) - np.repeat(starts, np.diff(np.r_[starts, len(user)]))
        earlier = np.empty_like(rank)
        earlier[together] = rank
        earlier_items = np.zeros((len(user), world.habit_memory), dtype=np.int64)
        for age in range(1, world.habit_memory + 1):
            known = rank >= age
            earlier_items[together[known], age - 1] = item[together[np.flatnonzero(known) - age]]

        return cls(
            user=user,
            item=item,
            time=log["timestamp"].to_numpy(),
            outcome=log["outcome"].to_numpy(),
            session=session,
            persona=_numbers(truth["persona"], world.personas),
            tier=_numbers(truth["tier"], world.tiers),
            mission=mission,
            step=truth["step"].to_numpy().astype(np.int64),
            distraction=truth["distraction"].to_numpy(),
            repeat=truth["repeat"].to_numpy(),
            kind=kind,
            first=first,
            opens=opens,
            place=place,
            visited=visited,
            done=(visited | step_bit[mission, kind]) == every_step,
            ended=np.r_[opens[1:], True],
            end_is_known=np.r_[~first[1:], False] | whole_sessions,
            earlier=earlier,
            earlier_items=earlier_items,
        )


def _numbers(names, parts) -> np.ndarray:
    return (
        names.map({part.name: number for number, part in enumerate(parts)})
        .to_numpy()
        .astype(np.int64)
    )
