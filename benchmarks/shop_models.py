"""Makes no table: the shop, the models and the policies that `bench_shop` compares."""

import numpy as np

from seqrec.baselines import ItemCoOccurrence, LinUCB, MarkovChain, Popularity
from seqrec.data import build_sequences, pad_left
from seqrec.metrics import expected_ndcg, share_of_lift
from seqrec.recommender import BERT4RecConfig, BSTConfig, SASRecConfig, SequentialRecommender
from seqrec.shop import LinUCBPolicy, SoftmaxPolicy, product_scores
from seqrec.training import TrainConfig
from zooplus_sim import BeliefPolicy, IntentPolicy, Oracle, Storefront, ZooplusSimulator, run

N_ITEMS = 50
K = 5
MAX_LEN = 20
SEEDS = 3
LEARNERS, SHOPPERS = 1_000, 400
STEPS = 20
# Name -> configuration, epochs at most, batch, learning rate.
MODELS = {
    "BST": (BSTConfig(D=32), 2, 128, 0.005),
    "SASRec": (SASRecConfig(D=32, dropout=0.05), 12, 32, 0.003),
    "BERT4Rec": (BERT4RecConfig(D=32, dropout=0.05), 40, 32, 0.003),
}


class Shop:
    """A world of a seed, and how well one foretells the last clicks of its shoppers.

    log:       to learn from, users from SHOPPERS on
    histories: (SHOPPERS, 40), of those who come
    law:       (SHOPPERS, N_ITEMS + 1), what the oracle says comes next
    """

    def __init__(self, seed, learners=LEARNERS, shoppers=SHOPPERS):
        self.seed = seed
        self.n_shoppers = shoppers
        self.sim = ZooplusSimulator(N_ITEMS, shoppers + learners, seed=seed)
        others = np.arange(shoppers, shoppers + learners)
        self.log = self.sim.journeys(events_per_user=(10, 40), users=others, seed=seed).interactions
        own = self.sim.journeys(
            events_per_user=(10, 40), users=np.arange(shoppers), seed=50 + seed
        ).interactions
        pasts = [clicks[:-1] for clicks in build_sequences(own, 40)["item_sequence"]]
        self.histories = pad_left(pasts, 40)
        self.oracle = Oracle(self.sim)
        self.law = self.oracle.next_item_probabilities(self.histories)
        self.popular = Popularity(N_ITEMS).fit(self.log)

    def front(self, **options):
        """The shop's front, for its own shoppers and slates unless the options say otherwise."""
        usual = {"shoppers": self.n_shoppers, "slate_size": K, "n_steps": STEPS}
        return Storefront(self.sim, **usual | {"seed": 100 + self.seed} | options)

    def offline(self, score):
        """NDCG@10 and share of the lift."""
        of = [score, product_scores(self.popular, N_ITEMS), self.oracle.next_item_probabilities]
        ndcg, low, high = (expected_ndcg(each(self.histories), self.law, 10).mean() for each in of)
        return {"ndcg": ndcg, "share": float(share_of_lift(ndcg, low, high))}


def fit(log, config, epochs, batch_size, rate, seed, choose=True, warmup_steps=50, **settings):
    """A SequentialRecommender; the best epoch on everybody's last click, if it may choose."""
    is_last = ~log.duplicated("user_id", keep="last")
    known, valid = (log[~is_last], log[is_last]) if choose else (log, None)
    training = TrainConfig(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=rate,
        schedule="linear",
        warmup_steps=warmup_steps,
        seed=seed,
    )
    model = SequentialRecommender(
        config, max_len=MAX_LEN, training=training, progress=False, device="cpu", **settings
    )
    return model.fit(known, items=np.arange(1, N_ITEMS + 1), valid_interactions=valid)


def small_sasrec(log, seed, **settings):
    """A small SASRec after six epochs."""
    config = SASRecConfig(D=32, n_blocks=1, hidden=64, dropout=0.0)
    return fit(log, config, 6, 32, 0.005, seed, choose=False, **settings)


def category_shares(sim):
    """What the bandit is told: 1, and the share of each category in a shopper's events.

    Returns a function of histories (B, L) -> (B, D).
    """
    category = sim.products["category"].astype("category").cat.codes.to_numpy()
    member = np.zeros((N_ITEMS + 1, category.max() + 1))
    member[np.arange(1, N_ITEMS + 1), category] = 1

    def context(histories):
        counts = member[histories].sum(axis=1)  # (B, categories)
        shares = counts / counts.sum(1, keepdims=True).clip(min=1)
        return np.concatenate([np.ones((len(counts), 1)), shares], axis=1)

    return context


def click_rates(log):
    """(B,) of each shopper."""
    return log["clicked"].to_numpy().reshape(-1, STEPS).mean(axis=1)


def shadow(shop, score):
    """Click rate of a score's slates at moments that no slate has had a part in."""
    front = shop.front()
    rates = []
    observation, info = front.reset()
    for _ in range(STEPS):
        slates = SoftmaxPolicy(score, K)(observation, {"step": 0})
        taken = np.take_along_axis(info["truth"]["take_probability"], slates, axis=1)
        rates.append(front.browsing.place_probabilities(taken.T).sum(axis=0).mean())
        observation, _, _, _, info = front.step(np.zeros_like(slates))
    return np.mean(rates)


def effective_products(slates):
    """How many products are shown, those shown rarely counting little: exp of the entropy."""
    share = np.bincount(slates[slates > 0], minlength=N_ITEMS + 1)[1:] / (slates > 0).sum()
    return np.exp(-(share[share > 0] * np.log(share[share > 0])).sum())


def contestants(shop):
    """name -> policy, and name -> score for those that have one."""
    scores = {"popularity": shop.popular, "Markov": MarkovChain(N_ITEMS).fit(shop.log)}
    scores["co-occurrence"] = ItemCoOccurrence(N_ITEMS).fit(shop.log)
    for name, options in MODELS.items():
        scores[name] = fit(shop.log, *options, shop.seed)
    scores = {name: product_scores(model, N_ITEMS) for name, model in scores.items()}
    scores["oracle's ranking"] = shop.oracle.next_item_probabilities
    policies = {name: SoftmaxPolicy(score, K) for name, score in scores.items()}
    context = category_shares(shop.sim)
    policies["LinUCB"] = LinUCBPolicy(LinUCB(N_ITEMS, alpha=0.3), context, K, seed=shop.seed)
    experienced = LinUCBPolicy(LinUCB(N_ITEMS, alpha=0.3), context, K, seed=shop.seed)
    run(shop.front(shoppers=np.arange(SHOPPERS, 2 * SHOPPERS)), experienced)
    policies["LinUCB, experienced"] = experienced
    front = shop.front()
    return policies | {"belief": BeliefPolicy(front), "intent": IntentPolicy(front)}, scores
