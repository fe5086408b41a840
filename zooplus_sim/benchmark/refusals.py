"""What can be wrong in predictions: each error says what it is, where, and what to do."""

from __future__ import annotations

import numpy as np

from zooplus_sim.benchmark.answers import Piece, PredictionsError
from zooplus_sim.benchmark.track import Track
from zooplus_sim.checks import told

TOLERANCE = 1e-3  # of a row's sum of probabilities: they may be of 32 bits, or rounded


class Register:
    """Who has been answered for, and whether what is said of them can be judged.

    track: that is answered
    """

    def __init__(self, track: Track):
        self.track = track
        self.users, _ = track.test_histories
        self.answered = np.zeros(len(self.users), dtype=bool)

    def check(self, piece: Piece) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the test histories that a piece is about, and its values for the judge.

        Returns (b,) numbers of users, and (b, J) floats with column 0 for the padding, or (b, k)
        ids. Raises PredictionsError.
        """
        self._check_token(piece)
        number = self._numbers(piece)
        if piece.kind == "items":
            return number, _check_items(piece, self.track.n_products)
        return number, _check_values(piece, self.track.n_products)

    def check_all(self, where: str) -> None:
        """Raise PredictionsError unless every test shopper has been answered for."""
        missing = np.flatnonzero(~self.answered)
        if len(missing):
            raise PredictionsError(
                f"{where}: {len(missing):,} of {len(self.users):,} test shoppers are missing, the "
                f"first of them user {self.users[missing[0]]}. Cure: an answer for each user of "
                "test.csv; a file may be cut short."
            )

    def _check_token(self, piece: Piece) -> None:
        for token in piece.tokens:
            if str(token) != self.track.token:
                raise PredictionsError(
                    f"{piece.where}: track must be {self.track.token!r}, got {told(str(token))}: "
                    "these are answers to another track, or to another version of it. Cure: make "
                    "the track again with this version, and predict for its test.csv."
                )

    def _numbers(self, piece: Piece) -> np.ndarray:
        """(b,) which test shopper each row is about; each is noted as answered."""
        if piece.user_id.dtype.kind not in "iu":
            raise PredictionsError(
                f"{piece.where}: user_id must be whole numbers, got {piece.user_id.dtype}. Cure: "
                "the ids of test.csv as integers."
            )
        number = np.searchsorted(self.users, piece.user_id).clip(max=len(self.users) - 1)
        wrong = np.flatnonzero(self.users[number] != piece.user_id)
        if len(wrong):
            raise PredictionsError(
                f"{_row(piece, wrong[0])}: {piece.user_id[wrong[0]]} is no test shopper; expected "
                f"{self.users[0]} to {self.users[-1]}. Cure: the users of test.csv, and no others."
            )
        for row, one in enumerate(number):
            if self.answered[one]:
                raise PredictionsError(
                    f"{_row(piece, row)}: user {piece.user_id[row]} is there a second time. Cure: "
                    "each test shopper once, over all files."
                )
            self.answered[one] = True
        return number


def _check_items(piece: Piece, n_products: int) -> np.ndarray:
    items = piece.values
    if items.dtype.kind not in "iu":
        raise PredictionsError(
            f"{piece.where}: items must be whole numbers, got {items.dtype}. Cure: product ids as "
            "integers, no empty entries."
        )
    wrong = np.argwhere((items < 0) | (items > n_products))
    if len(wrong):
        row, place = wrong[0]
        raise PredictionsError(
            f"{_row(piece, row)}, place {place + 1}: {items[row, place]} is no product of this "
            f"track. Cure: ids from 1 to {n_products}, or 0 for a place left empty."
        )
    ordered = np.sort(items, axis=1)
    twice = np.argwhere((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] > 0))
    if len(twice):
        row, place = twice[0]
        raise PredictionsError(
            f"{_row(piece, row)}: product {ordered[row, place]} is in the list twice. Cure: each "
            "product once in a user's list."
        )
    return items.astype(np.int64)


def _check_values(piece: Piece, n_products: int) -> np.ndarray:
    values = piece.values
    if values.shape[1] != n_products:
        raise PredictionsError(
            f"{piece.where}: {piece.kind} must have {n_products} numbers for each user, one for "
            f"each product, got {values.shape[1]}. Cure: the products 1 to {n_products} in this "
            "order, without a column for padding."
        )
    if values.dtype.kind not in "fiu":
        raise PredictionsError(
            f"{piece.where}: {piece.kind} must be numbers, got {values.dtype}. Cure: 32 or 64 bit "
            "floats."
        )
    values = values.astype(np.float64)
    wrong = np.argwhere(np.isnan(values))
    if len(wrong):
        row, column = wrong[0]
        raise PredictionsError(
            f"{_row(piece, row)}, product {column + 1}: {piece.kind} must be numbers, got nan. "
            "Cure: a number for each product; the lowest for those that are never to be shown."
        )
    if piece.kind == "probabilities":
        wrong = np.argwhere((values < 0) | (values > 1 + TOLERANCE))
        if len(wrong):
            row, column = wrong[0]
            raise PredictionsError(
                f"{_row(piece, row)}, product {column + 1}: probabilities must be from 0 to 1, got "
                f"{values[row, column]:g}. Cure: probabilities, or call them scores."
            )
        total = values.sum(1, keepdims=True)
        off = np.flatnonzero(abs(total[:, 0] - 1) > TOLERANCE)
        if len(off):
            raise PredictionsError(
                f"{_row(piece, off[0])}: probabilities must sum to 1, got "
                f"{total[off[0], 0]:g}. Cure: divide each row by its sum, or call them scores."
            )
        values /= total
    return np.pad(values, ((0, 0), (1, 0)))


def _row(piece: Piece, row: int) -> str:
    """Where a row is, for errors: of a CSV file it is a user's."""
    if piece.where.lower().endswith(".csv"):
        return f"{piece.where}, user {piece.user_id[row]}"
    return f"{piece.where}, row {piece.first + row}"
