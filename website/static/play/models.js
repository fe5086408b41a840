/* SASRec, BERT4Rec and BST: those of seqrec/models, for one history without padding.

   Each gives logits of some items as the next click: (clicks, candidates) -> one number each. */
(function (play) {
  "use strict";

  const { block, gelu, leakyRelu, linear, norm, relu } = play.layers;

  class Model {
    /** packed: a model of data.js. */
    constructor(packed) {
      this.tensors = play.unpackAll(packed.tensors);
      this.popularity = play.unpack(packed.popularity);
      this.H = packed.heads;
      this.maxLen = packed.max_len;
      this.items = this.tensors["encoder.item.weight"];
      this.D = this.items.shape[1];
      this.nItems = this.items.shape[0] - 2; // beside PAD and MASK
    }

    /** P(next item | clicks, it is one of these). Without a click only popularity is known. */
    law(clicks, candidates) {
      const read = clicks.slice(-this.maxLen);
      const logits = read.length
        ? this.logits(read, candidates)
        : candidates.map((item) => Math.log(this.popularity[item]));
      return play.softmax(Float64Array.from(logits));
    }

    /** Item ids -> a state each, (L, D). Positions are counted from the newest. */
    encode(ids, isCausal, activation) {
      const { tensors, items, D } = this;
      const positions = tensors["encoder.position.weight"];
      let x = new Float64Array(ids.length * D);
      ids.forEach((id, place) => {
        const position = ids.length - 1 - place;
        for (let i = 0; i < D; i++) x[place * D + i] = items[id * D + i] + positions[position * D + i];
      });
      for (let n = 0; `encoder.blocks.${n}.ffn.0.weight` in tensors; n++) {
        const part = (name) => tensors[`encoder.blocks.${n}.${name}`];
        x = block(x, part, this.H, isCausal, activation);
      }
      return norm(x, tensors["encoder.norm.weight"], tensors["encoder.norm.bias"]);
    }

    /** state . embedding, of some items. */
    match(state, candidates) {
      return candidates.map((item) => {
        let sum = 0;
        for (let i = 0; i < this.D; i++) sum += state[i] * this.items[item * this.D + i];
        return sum;
      });
    }
  }

  class SASRec extends Model {
    logits(clicks, candidates) {
      return this.match(this.encode(clicks, true, relu).slice(-this.D), candidates);
    }
  }

  class BERT4Rec extends Model {
    /** What stands in a gap behind the history? */
    logits(clicks, candidates) {
      const mask = this.nItems + 1;
      const gap = this.encode([...clicks, mask], false, relu).slice(-this.D);
      const { "transform.0.weight": weight, "transform.0.bias": bias } = this.tensors;
      const matched = this.match(linear(gap, weight, bias, gelu), candidates);
      return candidates.map((item, place) => matched[place] + this.tensors.bias[item - 1]);
    }
  }

  class BST extends Model {
    /** Each candidate takes its place behind the history, and a network reads all of them. */
    logits(clicks, candidates) {
      const { tensors, D } = this;
      return candidates.map((item) => {
        const flat = new Float64Array((this.maxLen + 1) * D); // a click's place never moves
        const states = this.encode([...clicks, item], false, leakyRelu);
        flat.set(states, flat.length - states.length);
        const hidden = linear(flat, tensors["head.0.weight"], tensors["head.0.bias"], leakyRelu);
        return linear(hidden, tensors["head.3.weight"], tensors["head.3.bias"])[0];
      });
    }
  }

  const CLASSES = { SASRec, BERT4Rec, BST };

  /** All who forecast: {name: {law(clicks, candidates)}}, in the order in which they are shown. */
  play.forecasters = function (shop) {
    const models = Object.entries(play.data.models);
    const learned = Object.fromEntries(models.map(([name, of]) => [name, new CLASSES[name](of)]));
    const share = (law, candidates) => {
      const sum = candidates.reduce((total, item) => total + law[item], 0);
      return Float64Array.from(candidates, (item) => law[item] / sum);
    };
    const { popularity } = learned.SASRec;
    const oracle = new play.Oracle(shop.world, shop.tables);
    return {
      popularity: { law: (clicks, candidates) => share(popularity, candidates) },
      ...learned,
      oracle: { law: (clicks, candidates) => share(oracle.law(clicks), candidates) },
    };
  };
})((globalThis.play ??= {}));
