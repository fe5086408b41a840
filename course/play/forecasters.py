"""*Play as Anna* without its face: who is in the shop, and what each forecaster says.

    forecasters = Forecasters()
    forecasters.top_five((34, 13, 20))           name -> [(product, probability), ...]

The models are the folders of `course/play/models`; `python -m course.authoring.play_models` makes
them.

Axis letters: B batch, L clicks, J = n_items + 1, H heads.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from seqrec.models.bert4rec import with_mask_appended
from seqrec.recommender import SequentialRecommender
from zooplus_sim import Belief, Oracle, ZooplusSimulator

MODELS = Path(__file__).with_name("models")
LEARNED = ("BST", "SASRec", "BERT4Rec")
NAMES = ("popularity", *LEARNED, "oracle")
TIERS = {"budget": "€", "standard": "€€", "premium": "€€€"}
SHOP_USERS = 12_000  # as in chapter 00, whose Anna this is
MAX_CLICKS = 40  # what the models were trained to read


class Shopper(NamedTuple):
    """Somebody to play: a persona, and the clicks that a visit begins with."""

    name: str
    persona: str | None  # None: whoever you are
    clicks: tuple[int, ...]


#: The first of each persona in chapter 00's log, with their first three clicks; Anna is chosen by
#: how her visit began.
SHOPPERS = {
    shopper.name: shopper
    for shopper in (
        Shopper("Anna", "new_puppy_parent", (34, 13, 20)),
        Shopper("Carlos", "cat_connoisseur", (27, 29, 49)),
        Shopper("Bea", "budget_shopper", (36, 26, 25)),
        Shopper("Finn", "fish_hobbyist", (5, 33, 40)),
        Shopper("Yourself", None, ()),
    )
}


class Visit(NamedTuple):
    """A shopper and all clicks so far, oldest first. Frozen: every move gives a new one."""

    shopper: Shopper
    clicks: tuple[int, ...]

    @classmethod
    def of(cls, name: str) -> "Visit":
        """The visit of a shopper of `SHOPPERS` as it begins."""
        return cls(SHOPPERS[name], SHOPPERS[name].clicks)

    def click(self, item: int) -> "Visit":
        """One click more. Raises ValueError after MAX_CLICKS."""
        if len(self.clicks) >= MAX_CLICKS:
            raise ValueError(
                f"{MAX_CLICKS} clicks are as many as the models can read. Cure: undo one, or start "
                "again."
            )
        return self._replace(clicks=(*self.clicks, int(item)))

    def undo(self) -> "Visit":
        """Without the newest click; an empty visit stays as it is."""
        return self._replace(clicks=self.clicks[:-1])

    def reset(self) -> "Visit":
        """As it began."""
        return self._replace(clicks=self.shopper.clicks)


@cache
def recommender(name: str) -> SequentialRecommender:
    """A model of LEARNED, read from its folder, on the CPU."""
    return SequentialRecommender.load(MODELS / name.lower(), device="cpu")


def probabilities_of(name: str, histories: npt.ArrayLike) -> np.ndarray:
    """What a model of LEARNED gives each product, as a probability of the next click.

    name:      of the model.
    histories: (B, L) item ids without padding; L may be 0.

    Returns (B, J).
    """
    model = recommender(name)
    histories = np.asarray(histories, dtype=np.int64)[:, -model.scorer_.max_len :]
    if histories.shape[1] == 0:
        # padding alone: answered by popularity
        histories = np.zeros((len(histories), 1), dtype=np.int64)
    return np.pad(model.scorer_(histories).exp().numpy(), ((0, 0), (1, 0)))


class Forecasters:
    """All who forecast, in their shop. Answers are kept: undo costs nothing.

    shop:     the simulated shop.
    oracle:   it knows the law of the shop.
    products: the shop's table of products.
    labels:   {product: a short name}.
    names:    of the forecasters, in order.
    """

    names = NAMES

    def __init__(self) -> None:
        self.shop = ZooplusSimulator(n_users=SHOP_USERS)
        self.oracle = Oracle(self.shop)
        self.products = self.shop.products
        tiers = self.products["price_tier"].map(TIERS).astype(str)
        self.labels = (self.products["product_type"].astype(str) + " " + tiers).to_dict()
        self._popularity = np.append(0, recommender("SASRec").scorer_.popularity.exp().numpy())
        self._answers = lru_cache(maxsize=256)(self._ask)

    def probabilities(self, clicks: Sequence[int]) -> dict[str, np.ndarray]:
        """{name: (J,) probability of each product as the next click}, in the order of NAMES."""
        return self._answers(tuple(clicks))[0]

    def top_five(self, clicks: Sequence[int]) -> dict[str, list[tuple[int, float]]]:
        """{name: the five likeliest next clicks, as (product, probability)}."""
        return {
            name: [(int(item), float(law[item])) for item in best(law)]
            for name, law in self.probabilities(clicks).items()
        }

    def coverage(self, clicks: Sequence[int]) -> dict[str, float]:
        """{name: the true probability that the next click is one of its five}.

        The true one is the oracle's.
        """
        laws = self.probabilities(clicks)
        return {name: float(laws["oracle"][best(law)].sum()) for name, law in laws.items()}

    def places(self, clicks: Sequence[int]) -> dict[str, list[int]]:
        """{name: for each click its place in the five that came before it}.

        From 1 to 5; 0 where it was not among them.
        """
        before = [self.probabilities(clicks[:n]) for n in range(len(clicks))]
        return {
            name: [place_of(item, laws[name]) for item, laws in zip(clicks, before, strict=True)]
            for name in NAMES
        }

    def belief(self, clicks: Sequence[int]) -> dict[str, dict[str, float]]:
        """What the oracle believes.

        Returns {"persona": {name: probability}, "mission": {name: probability}}.
        """
        return self._answers(tuple(clicks))[1]

    def attention(self, clicks: Sequence[int]) -> dict[str, np.ndarray]:
        """{name: (L + 1,) weights}: what the forecast looks at.

        They are means over the heads of a model's last block. The first L are the clicks, 0 for
        those that the model no longer reads. The last is what the place that asks keeps to itself:
        BERT4Rec's gap, or BST's candidate, its own first choice. SASRec asks from the newest click.
        All are 0 before the first click.
        """
        return self._answers(tuple(clicks))[2]

    def next_click(self, visit: Visit, seed: int = 0) -> int:
        """What a shopper of this persona clicks next, a draw from the exact law.

        Same visit and seed, same click.
        """
        personas = None if visit.shopper.persona is None else [visit.shopper.persona]
        law = self.oracle.next_item_probabilities(_row(visit.clicks), personas=personas)[0]
        rng = np.random.default_rng([seed, *visit.clicks])
        return int(rng.choice(len(law), p=law / law.sum()))

    def _ask(self, clicks: tuple[int, ...]) -> tuple[dict, dict, dict]:
        belief = Belief(self.shop, 1)
        for item in clicks:
            belief.observe(np.array([item]))
        laws = {"popularity": self._popularity}
        laws |= {name: probabilities_of(name, _row(clicks))[0] for name in LEARNED}
        laws["oracle"] = belief.item_probabilities()[0]
        world = self.shop.world
        believed = {
            "persona": _by_name(world.personas, belief.personas()[0]),
            "mission": _by_name(world.missions, belief.missions()[0]),
        }
        looks = {name: last_look(name, clicks, best(laws[name])[0]) for name in LEARNED}
        return laws, believed, looks


def best(law: npt.ArrayLike, k: int = 5) -> np.ndarray:
    """The k likeliest products, best first: (k,). Of equals the smaller number comes first."""
    return np.argsort(-np.asarray(law), kind="stable")[:k]


def place_of(item: int, law: npt.ArrayLike) -> int:
    """The place of an item among the five likeliest, 1 to 5; 0 if it is none of them."""
    five = best(law).tolist()
    return five.index(item) + 1 if item in five else 0


@torch.no_grad()
def last_look(name: str, clicks: Sequence[int], candidate: int) -> np.ndarray:
    """`Forecasters.attention` of one model: (L + 1,). candidate: what BST is asked about."""
    if not clicks:
        return np.zeros(1)
    network = recommender(name).network_
    read = torch.tensor([clicks[-recommender(name).scorer_.max_len :]])  # (1, l)
    question = {
        "BST": lambda: torch.cat([read, torch.tensor([[int(candidate)]])], dim=1),
        "SASRec": lambda: read,
        "BERT4Rec": lambda: with_mask_appended(read, network.n_items),
    }[name]()
    _, weights = network.encoder(question, need_weights=True)
    row = weights[-1][0, :, -1].mean(dim=0).numpy()  # (l or l + 1,)
    row = row if name != "SASRec" else np.append(row, 0)
    return np.append(np.zeros(len(clicks) - read.shape[1]), row)  # (L + 1,)


def _by_name(entries: Sequence, shares: np.ndarray) -> dict[str, float]:
    """{name of a persona or mission: its share}."""
    return dict(zip((entry.name for entry in entries), shares.tolist(), strict=True))


def _row(clicks: Sequence[int]) -> np.ndarray:
    """A history as the one row of a batch: (1, L)."""
    return np.array([clicks], dtype=np.int64).reshape(1, -1)
