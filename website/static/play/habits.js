/* The oracle's view of the product within its type: price tier and habit.

   One history of zooplus_sim/oracle/habit_urn.py, where the formula stands. */
(function (play) {
  "use strict";

  class HabitUrn {
    /** world, tables: of the shop, unpacked. */
    constructor(world, tables) {
      this.world = world;
      this.tables = tables;
      this.nProducts = tables.type_of_product.length; // and the padding id 0
      this.logLikelihood = new Float64Array(world.tiers.length);
      this.count = new Float64Array(this.nProducts); // among the last clicks of its type
      this.recent = world.product_types.map(() => []); // these clicks, oldest first
    }

    /** Take in a click. */
    observe(item) {
      const recent = this.recent[this.tables.type_of_product[item]];
      for (let g = 0; g < this.logLikelihood.length; g++) {
        this.logLikelihood[g] += Math.log(this._likelihood(g, item));
      }
      if (recent.length === this.world.habit_memory) this.count[recent.shift()] -= 1;
      recent.push(item);
      this.count[item] += 1;
    }

    /** (J) P(next item), given P(tier, type) as (G x T); 0 for the padding id. */
    itemProbabilities(tierAndType) {
      const law = new Float64Array(this.nProducts);
      const nTypes = this.recent.length;
      for (let item = 1; item < this.nProducts; item++) {
        const type = this.tables.type_of_product[item];
        for (let g = 0; g < this.logLikelihood.length; g++) {
          law[item] += tierAndType[g * nTypes + type] * this._likelihood(g, item);
        }
      }
      return law;
    }

    /** P(item | its type, tier g). */
    _likelihood(g, item) {
      const { habit } = this.world;
      const known = this.recent[this.tables.type_of_product[item]].length;
      const popularity = this.tables.product_popularity[g * this.nProducts + item];
      return (popularity + habit * this.count[item]) / (1 + habit * known);
    }
  }

  play.HabitUrn = HabitUrn;
})((globalThis.play ??= {}));
