"""The baselines that the contract is put to, small: each a function of the shop."""

from seqrec.baselines import (
    GRU4Rec,
    ItemCoOccurrence,
    LinUCB,
    MarkovChain,
    MLPClick,
    Popularity,
    click_rates,
)

MEMORYLESS = {
    "MLPClick": lambda shop: MLPClick(shop.n_items, epochs=2, progress=False),
    "LinUCB": lambda shop: LinUCB(shop.n_items, click_rates(shop.exposures, shop.categories)),
}
SEQUENTIAL = {
    "Popularity": lambda shop: Popularity(shop.n_items),
    "MarkovChain": lambda shop: MarkovChain(shop.n_items),
    "ItemCoOccurrence": lambda shop: ItemCoOccurrence(shop.n_items),
    "GRU4Rec": lambda shop: GRU4Rec(
        shop.n_items, D=8, state_size=12, epochs=2, max_len=12, progress=False
    ),
}
MODELS = MEMORYLESS | SEQUENTIAL
