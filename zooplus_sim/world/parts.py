"""What a world is made of: price tiers, product types, missions and personas, all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any


class WorldError(ValueError):
    """A world that cannot be: the message names the key, what it must be and the value found."""


class FrozenDict(dict):
    """A dict that can be hashed, as it refuses to change: a world is frozen all the way down."""

    def _refuse(self, *args, **kwargs):
        raise TypeError("a World is frozen: use world.replace(...) for a changed copy")

    __setitem__ = __delitem__ = update = pop = popitem = clear = setdefault = __ior__ = _refuse

    def __reduce__(self):
        return FrozenDict, (dict(self),)

    def __hash__(self):
        return hash(frozenset(self.items()))


def freeze(part: Any) -> None:
    """Make the fields of a frozen dataclass immutable, and alike where worlds are equal.

    So equal worlds have equal fingerprints. Lists become tuples, tables `FrozenDict`s, whole
    numbers floats where floats are due, times UTC. What is of a wrong type stays as it is, for the
    validation to name.
    """
    for field in fields(part):
        value = _frozen(getattr(part, field.name), real="float" in field.type)
        object.__setattr__(part, field.name, value)


def _frozen(value, real: bool):
    if isinstance(value, Mapping):
        return FrozenDict({key: _frozen(entry, real) for key, entry in value.items()})
    if isinstance(value, list | tuple):
        return tuple(_frozen(entry, real) for entry in value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        # In the first and the last day of the calendar UTC may be out of it.
        with suppress(OverflowError):
            return value.astimezone(UTC)
    if real and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return float(value)
    return value


class _Part:
    def __post_init__(self):
        freeze(self)


@dataclass(frozen=True, kw_only=True)
class Tier(_Part):
    """A price tier.

    name:         in the catalogue
    price_factor: multiplies the base price of a product type
    """

    name: str
    price_factor: float


@dataclass(frozen=True, kw_only=True)
class ProductType(_Part):
    """What kind of thing a product is ("Food Bowl"); its variants are the products.

    name:     in missions and in the catalogue
    category: by which a persona's click probabilities go
    species:  whom it is for
    price:    base price in euro
    """

    name: str
    category: str
    species: str
    price: float


@dataclass(frozen=True, kw_only=True)
class Mission(_Part):
    """What a session is for.

    name:     by which personas name it
    steps:    product types in their usual order, none twice
    requires: product types of each of which the shopper must have clicked a product before
    """

    name: str
    steps: tuple[str, ...]
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Persona(_Part):
    """A kind of shopper.

    click_probability:      category -> chance of a click on a product shown out of the blue; also
                            the taste of distractions
    tiers:                  tier -> P(tier | persona)
    first_mission:          mission -> P(mission | persona, first session)
    next_mission:           previous mission -> {mission -> P(mission | persona, previous mission)}
    cart_rate:              chance that a click on the first step of a mission, in the shopper's own
                            tier, ends in the cart
    seconds_between_clicks: mean of the pauses within a session, see `journeys`
    days_between_sessions:  mean of the pauses between them, likewise
    """

    name: str
    click_probability: Mapping[str, float]
    tiers: Mapping[str, float]
    first_mission: Mapping[str, float]
    next_mission: Mapping[str, Mapping[str, float]]
    cart_rate: float
    seconds_between_clicks: float
    days_between_sessions: float
