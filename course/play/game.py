"""A round of *Play as Anna*: ten clicks, and who guessed more of them, you or SASRec."""

from typing import NamedTuple

TURNS = 10


class Turn(NamedTuple):
    """What was guessed of a click, and the click.

    yours:   a product; 0: no guess.
    sasrecs: its likeliest product.
    click:   the product.
    """

    yours: int
    sasrecs: int
    click: int


class Round(NamedTuple):
    """The turns of a round so far. Frozen: every guess gives a new one.

    number: of the round, from 1. Another round, other clicks.
    """

    number: int = 1
    turns: tuple[Turn, ...] = ()

    def take(self, turn: Turn) -> "Round":
        """One turn more. Raises ValueError after TURNS."""
        if self.is_over:
            raise ValueError(
                f"a round has {TURNS} turns, and these are taken. Cure: press Next round."
            )
        return self._replace(turns=(*self.turns, turn))

    @property
    def is_over(self) -> bool:
        """Whether all turns are taken."""
        return len(self.turns) == TURNS

    @property
    def hits(self) -> dict[str, list[bool]]:
        """{"You" and "SASRec": for each turn, whether the guess was the click}."""
        return {
            "You": [turn.yours == turn.click for turn in self.turns],
            "SASRec": [turn.sasrecs == turn.click for turn in self.turns],
        }

    def verdict(self) -> str:
        """Who is ahead, and by how much: "3 : 2, you lead"."""
        yours, sasrecs = (sum(hits) for hits in self.hits.values())
        score = f"{yours} : {sasrecs}"
        if yours == sasrecs:
            return f"{score}, {'a draw' if self.is_over else 'level'}"
        ahead = ("you win", "you lead") if yours > sasrecs else ("SASRec wins", "SASRec leads")
        return f"{score}, {ahead[0] if self.is_over else ahead[1]}"
