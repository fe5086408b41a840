"""Missions that wait for something: can they ever begin, and is there always one that can?

A mission may require product types that the shopper has clicked before, whenever that was: tank
care is for those who have a tank. The next mission is then drawn from those that may begin, in
proportion to the persona's table. So each persona needs one at the start, and one after each
mission, that may begin whatever was clicked by then.
"""

from __future__ import annotations

MAX_REQUIRED = 60  # product types that missions require, all together: they are bits of a number


def first_problem(world) -> tuple[str, object, str] | None:
    """The first thing about the requirements of a `World` that cannot be, if there is one.

    Returns (key, value found, what it must be), or None. All names are known already.
    """
    requires = {mission.name: frozenset(mission.requires) for mission in world.missions}
    required = frozenset().union(*requires.values())
    if not required:
        return None
    if len(required) > MAX_REQUIRED:
        expected = f"missions that require at most {MAX_REQUIRED} different product types"
        return "missions", len(required), expected
    begun = set()
    for persona in world.personas:
        key = f"personas[{persona.name!r}]"
        possible = _can_begin(persona, world, requires)
        if not possible:
            expected = (
                "a table with a probability above 0 for a mission that requires nothing: at the "
                "start nothing has been clicked"
            )
            return f"{key}.first_mission", persona.first_mission, expected
        begun |= possible
        for previous, clicked in _surely_clicked(persona, possible, requires).items():
            row = persona.next_mission[previous]
            if not any(requires[name] <= clicked for name in _possible(row)):
                expected = (
                    "a table with a probability above 0 for a mission that requires nothing, or "
                    "nothing but what was surely clicked by then: else a shopper may be left "
                    "without any mission"
                )
                return f"{key}.next_mission[{previous!r}]", row, expected
    for mission in world.missions:
        if mission.requires and mission.name not in begun:
            expected = (
                "product types that a persona with this mission can have clicked before it: no "
                "one could ever start it"
            )
            return f"missions[{mission.name!r}].requires", mission.requires, expected
    return None


def _possible(row) -> list[str]:
    """The missions of a distribution that have a chance."""
    return [name for name, chance in row.items() if chance > 0]


def _can_begin(persona, world, requires: dict[str, frozenset[str]]) -> set[str]:
    """The missions that a shopper of the persona may start sooner or later."""
    clicked = set()
    if world.distraction > 0:
        taste = persona.click_probability
        unlisted = world.unlisted_click_probability
        clicked = {
            kind.name for kind in world.product_types if taste.get(kind.category, unlisted) > 0
        }
    steps = {mission.name: mission.steps for mission in world.missions}
    begun = set()
    fresh = {name for name in _possible(persona.first_mission) if not requires[name]}
    while fresh:
        begun |= fresh
        if world.distraction < 1:
            clicked.update(*(steps[name] for name in fresh))
        following = {name for old in begun for name in _possible(persona.next_mission[old])}
        fresh = {name for name in following - begun if requires[name] <= clicked}
    return begun


def _surely_clicked(
    persona, begun: set[str], requires: dict[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Mission -> required types that a shopper of the persona has clicked when it ends.

    What the mission requires itself, and what is sure on all ways to it: the largest solution,
    found from above.
    """
    clicked = dict.fromkeys(begun, frozenset().union(*requires.values()))
    changed = True
    while changed:
        changed = False
        for name in begun:
            ways = [clicked[old] for old in begun if name in _possible(persona.next_mission[old])]
            if name in _possible(persona.first_mission) and not requires[name]:
                ways.append(frozenset())
            sure = requires[name] | frozenset.intersection(*ways)
            if sure != clicked[name]:
                clicked[name] = sure
                changed = True
    return clicked
