"""Which items' vectors have the largest dot product with a user's vector?

Exactly: compare with all of them, a chunk of users at a time. Approximately: sort the items into
cells by k-means beforehand, and look into the few cells whose centre is nearest to the user. What
lies in another cell is missed. ("Inverted file", Sivic and Zisserman, 2003; the library is faiss:
Johnson, Douze and Jégou, 2017.)

Axis letters: B users, D width, J = n_items, K length of a list.
"""

import numpy as np
import numpy.typing as npt
import torch

from seqrec.checks import check_count
from seqrec.notices import warn

# Dot products that exact search holds at a time: 4 MB.
SCORES_AT_ONCE = 2**20


class NearestItems:
    """A catalogue to search in.

    vectors: (J, D), row j - 1 is item j. They are copied: a tower that learns on needs a new one
             of these.
    n_cells: None searches exactly. A number of cells is approximate; sqrt(J) of them or a few
             times that is usual. It needs the library faiss; without it a warning says so, and
             the search is exact.
    n_probe: cells that each search looks into: more finds more, and takes longer. n_cells of them
             is exact again.

    Raises ValueError for vectors that are not (J, D) or not finite, and for numbers out of range.
    """

    def __init__(
        self,
        vectors: torch.Tensor | npt.ArrayLike,
        *,
        n_cells: int | None = None,
        n_probe: int = 8,
    ) -> None:
        vectors = torch.as_tensor(vectors).detach().float().cpu().contiguous()
        if vectors.ndim != 2 or 0 in vectors.shape:
            raise ValueError(f"vectors must be (n_items, D), got {tuple(vectors.shape)}.")
        if not vectors.isfinite().all():
            item = int((~vectors.isfinite().all(dim=1)).nonzero()[0]) + 1
            raise ValueError(
                f"the vector of item {item} holds {vectors[item - 1]}: nothing is near to that."
            )
        self.n_items, self.D = vectors.shape
        if n_cells is not None:
            check_count("n_cells", n_cells, 1, self.n_items)
            check_count("n_probe", n_probe, 1, n_cells)
        self.n_cells = n_cells
        self.n_probe = n_probe
        self.cells_ = (
            None if n_cells is None else _sorted_into_cells(vectors.numpy(), n_cells, n_probe)
        )
        # Cells hold the vectors too: once is enough.
        self.vectors = vectors.clone() if self.cells_ is None else None

    @property
    def is_exact(self) -> bool:
        """Whether every item is compared."""
        return self.cells_ is None or self.n_probe == self.n_cells

    @torch.no_grad()
    def search(
        self, queries: torch.Tensor | npt.ArrayLike, k: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The k items of the largest dot product with each query, best first, ties in any order.

        queries: (B, D)
        k:       how many, 1 to J

        Returns items (B, K) int64 and dot products (B, K), tensors on the CPU. Cells that were
        looked into may hold fewer than k items: item 0 at -inf fills the rest.
        Raises ValueError for queries of another width, or for k above the number of items.
        """
        queries = torch.as_tensor(queries).detach().float().cpu()
        if queries.ndim != 2 or queries.shape[1] != self.D:
            raise ValueError(
                f"queries must be (B, {self.D}), as wide as the vectors, got "
                f"{tuple(queries.shape)}."
            )
        check_count("k", k, 1, self.n_items)
        if self.cells_ is None:
            return exact_search(queries, self.vectors, k, max(1, SCORES_AT_ONCE // self.n_items))
        # (B, K) each, row -1 for none.
        scores, rows = self.cells_.search(np.ascontiguousarray(queries.numpy()), k)
        items = torch.from_numpy(rows) + 1
        return items, torch.from_numpy(scores).masked_fill(items == 0, -torch.inf)


def exact_search(queries, vectors, k, users_at_once):
    """The k rows of `vectors` with the largest dot products, as items from 1, and these products.

    queries:       (B, D)
    vectors:       (J, D)
    k:             how many, J at most
    users_at_once: queries that are compared at a time

    Returns (B, K) each, best first, ties in any order. Memory: users_at_once x J numbers, whatever
    B.
    """
    found = [(chunk @ vectors.T).topk(k, dim=1) for chunk in queries.split(users_at_once)]
    items = torch.cat([best.indices for best in found]) + 1
    return items, torch.cat([best.values for best in found])


def recall(found, wanted):
    """Which share of the wanted items was found?

    found:  (B, K) long, 0 = nothing
    wanted: (B, M) long, 0 = nothing

    Returns (B,), NaN for a row in which nothing is wanted.
    """
    hits = torch.stack([torch.isin(row, items) for row, items in zip(wanted, found, strict=True)])
    real = wanted != 0
    return (hits & real).sum(dim=1) / real.sum(dim=1)


def _sorted_into_cells(vectors, n_cells, n_probe):
    """faiss's index, or None where faiss is not installed."""
    try:
        import faiss
    except ModuleNotFoundError:
        warn(
            "faiss is not installed, so the search is exact: no item is missed, and it takes "
            "longer in a large catalogue. Cure: pip install faiss-cpu; or leave n_cells out, if "
            "exact is what you want.",
            stacklevel=3,
        )
        return None
    D = vectors.shape[1]
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(D), D, n_cells, faiss.METRIC_INNER_PRODUCT)
    # Else faiss prints a warning for small catalogues.
    index.cp.min_points_per_centroid = 1
    index.train(vectors)
    index.add(vectors)
    index.nprobe = n_probe
    return index
