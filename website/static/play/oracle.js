/* The oracle: the best possible forecast, exactly, from the shop's own story.

   One history of zooplus_sim/oracle/posterior.py. */
(function (play) {
  "use strict";

  class Oracle {
    /** world, tables: of the shop, unpacked. */
    constructor(world, tables) {
      this.world = world;
      this.tables = tables;
    }

    /** (J) P(next item | clicks), the whole history from the shopper's first click; 0 for id 0. */
    law(clicks) {
      const sessions = new play.SessionFilter(this.world, this.tables);
      const urn = new play.HabitUrn(this.world, this.tables);
      for (const item of clicks) {
        sessions.observe(this.tables.type_of_product[item]);
        urn.observe(item);
      }
      return urn.itemProbabilities(this._tierAndType(sessions, urn));
    }

    /** (G x T) P(tier, type of the next click | clicks), summed over personas. */
    _tierAndType(sessions, urn) {
      const nTiers = this.world.tiers.length;
      const nTypes = this.world.product_types.length;
      const types = sessions.typeProbabilities();
      const who = this._personaAndTier(sessions, urn);
      const mixed = new Float64Array(nTiers * nTypes);
      who.forEach((share, place) => {
        const p = Math.floor(place / nTiers);
        const g = place % nTiers;
        for (let t = 0; t < nTypes; t++) mixed[g * nTypes + t] += share * types[p * nTypes + t];
      });
      return mixed;
    }

    /** (P x G) P(persona, tier | clicks). */
    _personaAndTier(sessions, urn) {
      const nTiers = this.world.tiers.length;
      const logWeight = this.tables.tier_prior.map(
        (prior, place) =>
          sessions.logEvidence[Math.floor(place / nTiers)] +
          Math.log(prior) +
          urn.logLikelihood[place % nTiers],
      );
      return play.softmax(logWeight);
    }
  }

  /** exp(x) / sum of exp(x), of a typed array. */
  play.softmax = function (x) {
    const best = x.reduce((a, b) => Math.max(a, b), -Infinity);
    const weight = x.map((value) => Math.exp(value - best));
    const sum = weight.reduce((a, b) => a + b, 0);
    return weight.map((value) => value / sum);
  };

  play.Oracle = Oracle;
})((globalThis.play ??= {}));
