/* The oracle's filter over (persona, mission, start of the session).

   One history of zooplus_sim/oracle/session_filter.py, where the derivation stands. A pair q is a
   persona and a mission of theirs; a session that began at click s is in slot s % S. */
(function (play) {
  "use strict";

  class SessionFilter {
    /** world, tables: of the shop, unpacked. */
    constructor(world, tables) {
      this.world = world;
      this.tables = tables;
      this.nPairs = tables.pair_persona.length;
      this.nPersonas = world.personas.length;
      this.nTypes = world.product_types.length;
      this.nSlots = world.max_session_length;
      this.nSteps = tables.pair_steps.shape[1];
      this.nMasks = tables.step_probability.shape[1];
      // slot after slot, a number for each pair: of sessions that go on, and their steps left
      this.weight = new Float64Array(this.nSlots * this.nPairs);
      this.left = new Int32Array(this.nSlots * this.nPairs);
      this.opening = Float64Array.from(tables.pair_first);
      this.logEvidence = new Float64Array(this.nPersonas).fill(-Math.log(this.nPersonas));
      this.clicks = 0;
    }

    /** Take in a click on a product of this type. */
    observe(type) {
      const { world, tables, weight, left, nPairs, nSlots, nSteps, nMasks } = this;
      const eps = world.distraction;
      const newest = (this.clicks % nSlots) * nPairs;
      weight.set(this.opening, newest);
      left.set(tables.pair_all_steps, newest);

      const evidence = new Float64Array(this.nPersonas);
      for (let q = 0; q < nPairs; q++) {
        const persona = tables.pair_persona[q];
        const step = tables.pair_step_of_type[type * nPairs + q]; // nSteps: no such step
        const stray = eps * tables.taste[type * this.nPersonas + persona];
        const others = step < nSteps ? ~(1 << step) : -1;
        for (let at = q; at < weight.length; at += nPairs) {
          const chance = tables.step_probability[step * nMasks + left[at]];
          weight[at] *= (1 - eps) * chance + stray;
          left[at] &= others;
          evidence[persona] += weight[at];
        }
      }
      let best = -Infinity;
      for (let p = 0; p < this.nPersonas; p++) {
        this.logEvidence[p] += Math.log(evidence[p]);
        best = Math.max(best, this.logEvidence[p]);
      }
      for (let p = 0; p < this.nPersonas; p++) this.logEvidence[p] -= best;
      this._end(evidence);
      this.clicks += 1;
    }

    /** Some sessions end here; their weight opens others. */
    _end(evidence) {
      const { world, tables, weight, left, nPairs, nSlots } = this;
      const isLong = this.clicks + 1 >= world.max_session_length;
      const oldest = isLong ? (this.clicks + 1) % nSlots : -1; // has as many clicks as may be
      const ended = new Float64Array(nPairs);
      for (let slot = 0; slot < nSlots; slot++) {
        for (let q = 0; q < nPairs; q++) {
          const at = slot * nPairs + q;
          const whole = evidence[tables.pair_persona[q]];
          const share = whole > 0 ? weight[at] / whole : 0;
          const goesOn = left[at] === 0 || slot === oldest ? 0 : world.continuation;
          weight[at] = share * goesOn;
          ended[q] += share - weight[at];
        }
      }
      for (let q = 0; q < nPairs; q++) {
        let sum = 0;
        for (let old = 0; old < nPairs; old++) sum += tables.pair_next[q * nPairs + old] * ended[old];
        this.opening[q] = sum;
      }
    }

    /** (P x T) P(type of the next click | persona, types so far). */
    typeProbabilities() {
      const { world, tables, weight, left, nPairs, nTypes, nSteps, nMasks } = this;
      const eps = world.distraction;
      const total = new Float64Array(this.nPersonas * nTypes);
      for (let p = 0; p < this.nPersonas; p++) {
        if (this.logEvidence[p] === -Infinity) continue;
        for (let t = 0; t < nTypes; t++) {
          total[p * nTypes + t] = eps * tables.taste[t * this.nPersonas + p];
        }
      }
      for (let q = 0; q < nPairs; q++) {
        for (let step = 0; step < nSteps; step++) {
          const type = tables.pair_steps[q * nSteps + step];
          if (type < 0) continue;
          const row = step * nMasks;
          let mass = this.opening[q] * tables.step_probability[row + tables.pair_all_steps[q]];
          for (let at = q; at < weight.length; at += nPairs) {
            mass += weight[at] * tables.step_probability[row + left[at]];
          }
          total[tables.pair_persona[q] * nTypes + type] += (1 - eps) * mass;
        }
      }
      return total;
    }
  }

  play.SessionFilter = SessionFilter;
})((globalThis.play ??= {}));
