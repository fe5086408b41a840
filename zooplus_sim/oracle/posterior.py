"""What is known of B shoppers after their clicks: `session_filter` and `habit_urn` together.

Given the persona, types and tier separate, so that

    P(persona p, tier g | history) ~ P(p) * P(types | p) * P(g | p) * P(products | types, g),

and the next click is a mixture over (p, g) of P(type | p, types) * P(product | type, g, products).

Axis letters: P personas, G tiers, T types, J products + 1, N candidates, B batch.
"""

from __future__ import annotations

import numpy as np

from zooplus_sim.oracle.habit_urn import HabitUrn
from zooplus_sim.oracle.session_filter import SessionFilter
from zooplus_sim.oracle.session_tables import SessionTables
from zooplus_sim.world.tables import WorldTables


class Posterior:
    """The posterior of B histories, fed column by column.

    sessions:  the part of the world that decides on types
    tables:    all of its probabilities
    log_prior: (P, B) log P(persona), -inf where a persona is ruled out
    n_columns: the most that will be fed
    """

    def __init__(
        self, sessions: SessionTables, tables: WorldTables, log_prior: np.ndarray, n_columns: int
    ):
        self.tables = tables
        self.sessions = SessionFilter(sessions, log_prior, n_columns)
        self.urn = HabitUrn(sessions.world, tables, log_prior.shape[1])

    def observe(
        self,
        items: np.ndarray,
        opens: np.ndarray | None = None,
        likelihood: np.ndarray | None = None,
    ) -> None:
        """Take in one column.

        items:      (B,) product ids, 0 = padding
        opens:      see `SessionFilter.observe`
        likelihood: see `HabitUrn.observe`
        """
        real = items > 0
        kind = np.where(real, self.tables.type_of_product[items], 0)
        self.sessions.observe(kind, real, opens)
        self.urn.observe(items, real, likelihood)

    def log_weight(self) -> np.ndarray:
        """(P, G, B) log P(persona, tier, history) up to a constant per history."""
        with np.errstate(divide="ignore"):
            log_tier_prior = np.log(self.tables.tier_prior)[:, :, None]
        return self.sessions.log_evidence[:, None] + log_tier_prior + self.urn.log_likelihood

    def impossible(self) -> np.ndarray:
        """(B,) bool: no hidden path of the story leads to this history."""
        return ~(self.log_weight().max((0, 1)) > -np.inf)  # NaN counts as impossible

    def persona_and_tier(self) -> np.ndarray:
        """(P, G, B) P(persona, tier | history)."""
        log_weight = self.log_weight()
        weight = np.exp(log_weight - log_weight.max((0, 1)))
        return weight / weight.sum((0, 1))

    def missions(self) -> np.ndarray:
        """(M, B) P(mission at the next click | history): it goes on, or is then begun."""
        sessions = self.sessions
        pairs = sessions.tables
        in_persona = sessions.weight.sum(0) + sessions.opening  # (Q, B)
        weight = self.persona_and_tier().sum(1)[pairs.persona] * in_persona
        return np.stack([weight[pairs.mission == m].sum(0) for m in range(len(self.tables.steps))])

    def type_and_tier(self) -> np.ndarray:
        """(G, T, B) P(type of the next item, tier | history)."""
        who = self.persona_and_tier()
        return np.einsum("pgb,ptb->gtb", who, self.sessions.type_probabilities())

    def item_probabilities(self) -> np.ndarray:
        """(J, B) P(next item | history)."""
        return self.urn.item_probabilities(self.type_and_tier())

    def expected_outcomes(self, items: np.ndarray) -> np.ndarray:
        """(N, B) E[outcome of the next click | history, it is on this item]; NaN if it cannot be.

        items: (N, B) product ids

        The click is carted with probability f = cart_rate_p * tier factor * step factor, and then
        bought with probability b: the outcome is worth 0.5 f (1 + b) on average, averaged here over
        what may lie behind the click.
        """
        tables = self.tables
        world = self.sessions.tables.world
        kind = tables.type_of_product[items]
        row = np.arange(items.shape[1])
        who = self.persona_and_tier()
        step_factor = tables.step_cart_factor[self.sessions.tables.mission]  # (Q, K)
        chance = self.sessions.type_probabilities()[:, kind, row]  # (P, N, B)
        carted = self.sessions.type_probabilities(step_factor, world.distraction_cart_factor)
        carted = carted[:, kind, row]
        carted *= tables.cart_rate[:, None, None]
        likelihood = self.urn.likelihood(items, row)  # (G, N, B)
        tier_factor = tables.tier_cart_factor[:, tables.tier_of_product[items]]  # (G, N, B)
        clicked = np.einsum("pgb,pnb,gnb->nb", who, chance, likelihood)
        carted = np.einsum("pgb,pnb,gnb->nb", who, carted, likelihood * tier_factor)
        with np.errstate(invalid="ignore", divide="ignore"):
            return 0.5 * (1 + world.bought_per_cart) * carted / clicked
