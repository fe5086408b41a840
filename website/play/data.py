"""What the scripts of *Play as Anna* read: tables, weights and products as one script, `data.js`.

A script and no JSON, since a page that is opened from a file may not read others. Arrays are base64
of their bytes, little-endian, so that JavaScript has the very numbers that Python has.

The page plays in the default world, whose missions wait for nothing: its scripts leave out what a
world with `requires` asks for, and `shop_tables` refuses one.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from course.figures import COLOUR_OF
from course.figures.icons import icon_class, icon_styles
from course.play.forecasters import LEARNED, MODELS, NAMES, SHOP_USERS, SHOPPERS, TIERS
from zooplus_sim import Oracle, ZooplusSimulator
from zooplus_sim.journeys.alias import AliasTables

JOURNEYS_SEED = 1  # of chapter 00, whose Anna this is: game 1 is her journey there
_KINDS = {"f": "f", "i": "i", "u": "i"}


def write_play(folder: Path) -> None:
    """Write `data.js` and the drawings of the products, `icons.css`."""
    write_data(folder / "data.js")
    (folder / "icons.css").write_text(icon_styles() + "\n", encoding="utf-8")


def write_data(file: Path) -> None:
    """Write `data.js`."""
    shop = ZooplusSimulator(n_users=SHOP_USERS)
    data = {
        "world": _world(shop),
        "tables": shop_tables(shop),
        "products": _products(shop),
        "shoppers": _shoppers(shop),
        "colours": {name: COLOUR_OF[name] for name in ("you", *NAMES)},
        "models": {name: _weights(name) for name in LEARNED},
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    file.write_text(f"(globalThis.play ??= {{}}).data = {text};\n", encoding="utf-8")


def shop_tables(shop: ZooplusSimulator) -> dict[str, dict]:
    """The tables that drawing and the oracle read, packed. Raises ValueError if a mission waits."""
    if shop.tables.requires.any():
        raise ValueError(
            f"missions of the world must wait for nothing, got {shop.world.name!r}, where some do. "
            "Cure: the default world"
        )
    # made once for all shoppers, and nobody else's business but theirs and the oracle's
    drawing, sessions = shop._journey_tables, Oracle(shop)._sessions
    tables = {
        "tier_prior": shop.tables.tier_prior,
        "product_popularity": shop.tables.product_popularity,
        "type_of_product": shop.tables.type_of_product,
        "steps": shop.tables.steps,
        "step_of_type": shop.tables.step_of_type,
        "all_steps": shop.tables.all_steps,
        "pair_persona": sessions.persona,
        "pair_mission": sessions.mission,
        "pair_first": sessions.first,
        "pair_next": sessions.next,
        "pair_all_steps": sessions.all_steps,
        "pair_steps": sessions.steps,
        "pair_step_of_type": sessions.step_of_type,
        "step_probability": sessions.step_probability,
        "taste": sessions.taste,
    }
    n_personas, n_tiers = shop.tables.tier_prior.shape
    draws = {name: getattr(drawing, name) for name in ("mission", "step", "taste", "product")}
    draws["tier"] = AliasTables(shop.tables.tier_prior.ravel(), np.full(n_personas, n_tiers))
    for name, alias in draws.items():
        for part in ("widths", "offsets", "threshold", "choice"):
            tables[f"draw_{name}_{part}"] = getattr(alias, part)
    return {name: packed(table) for name, table in tables.items()}


def packed(array: np.ndarray) -> dict:
    """An array for JavaScript: {"shape", "kind": "f4", "f8" or "i4", "data": base64}."""
    kind = _KINDS[array.dtype.kind]
    kind += "4" if kind == "i" or array.dtype == np.float32 else "8"
    data = np.ascontiguousarray(array, dtype=f"<{kind}")
    if not np.array_equal(data, array):
        raise ValueError(f"an array must fit {kind}, got {array.dtype} up to {array.max()}")
    text = base64.b64encode(data.tobytes()).decode()
    return {"shape": list(array.shape), "kind": kind, "data": text}


def _world(shop: ZooplusSimulator) -> Mapping[str, object]:
    names = ("distraction", "habit", "habit_memory", "continuation", "max_session_length")
    world = {name: getattr(shop.world, name) for name in names}
    for name in ("personas", "tiers", "product_types", "missions"):
        world[name] = [part.name for part in getattr(shop.world, name)]
    return world | {"seed": str(shop.seed)}


def _products(shop: ZooplusSimulator) -> list[dict | None]:
    """A product at its number; nothing at 0."""
    rows = shop.products[["product_type", "price_tier"]].itertuples(index=False)
    return [None] + [
        {"type": kind, "tier": TIERS[tier], "grade": tier, "icon": icon_class(kind)}
        for kind, tier in rows
    ]


def _shoppers(shop: ZooplusSimulator) -> list[dict]:
    """Those of the notebook who are somebody, under their ids in the shop."""
    log = shop.journeys(events_per_user=3, users=100, seed=JOURNEYS_SEED).interactions
    begun = log["item_id"].to_numpy().reshape(-1, 3)
    found = []
    for shopper in SHOPPERS.values():
        if shopper.persona is not None:
            users = np.flatnonzero((begun == shopper.clicks).all(1)).tolist()
            user = next(u for u in users if shop.user_to_persona_map[u] == shopper.persona)
            found.append({"name": shopper.name, "persona": shopper.persona, "user": user})
    return found


def _weights(name: str) -> dict:
    """A model as it is stored: its tensors, and what is popular."""
    folder = MODELS / name.lower()
    contents = json.loads((folder / "recommender.json").read_text("utf-8"))["contents"]
    (file,) = folder.glob("*.safetensors")
    tensors = load_file(file)
    popularity = np.append(0, np.exp(tensors.pop("popularity").astype(np.float64)))
    return {
        "max_len": contents["max_len"],
        "heads": contents["settings"]["model"]["H"],
        "popularity": packed(popularity),
        "tensors": {key.removeprefix("network/"): packed(value) for key, value in tensors.items()},
    }
