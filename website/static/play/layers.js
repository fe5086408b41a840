/* The layers of a transformer: those of seqrec/models/attention.py, for one history.

   A matrix is a typed array, row after row. L rows, D columns; H heads of d = D / H columns. */
(function (play) {
  "use strict";

  const EPSILON = 1e-5; // of a norm
  const layers = (play.layers = {});

  layers.relu = (x) => (x > 0 ? x : 0);
  layers.leakyRelu = (x) => (x > 0 ? x : 0.01 * x);
  layers.gelu = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));

  /** x W' + b, (L, in) -> (L, out), as PyTorch keeps W: a row for each output. */
  layers.linear = function (x, weight, bias, activation = (value) => value) {
    const [nOut, nIn] = weight.shape;
    const L = x.length / nIn;
    const y = new Float64Array(L * nOut);
    for (let row = 0; row < L; row++) {
      for (let out = 0; out < nOut; out++) {
        let sum = bias[out];
        for (let i = 0, w = out * nIn, v = row * nIn; i < nIn; i++) sum += weight[w + i] * x[v + i];
        y[row * nOut + out] = activation(sum);
      }
    }
    return y;
  };

  /** Each row brought to mean 0 and variance 1, then stretched and moved. */
  layers.norm = function (x, weight, bias) {
    const D = weight.length;
    const y = new Float64Array(x.length);
    for (let first = 0; first < x.length; first += D) {
      let mean = 0;
      let variance = 0;
      for (let i = 0; i < D; i++) mean += x[first + i] / D;
      for (let i = 0; i < D; i++) variance += (x[first + i] - mean) ** 2 / D;
      const scale = 1 / Math.sqrt(variance + EPSILON);
      for (let i = 0; i < D; i++) y[first + i] = (x[first + i] - mean) * scale * weight[i] + bias[i];
    }
    return y;
  };

  /** softmax(q k' / sqrt(d)) v, head by head. parts: (L, 3 D), queries, keys and values. */
  layers.attention = function (parts, D, H, isCausal) {
    const L = parts.length / (3 * D);
    const d = D / H;
    const y = new Float64Array(L * D);
    for (let head = 0; head < H; head++) {
      for (let row = 0; row < L; row++) {
        const query = row * 3 * D + head * d;
        const scores = new Float64Array(isCausal ? row + 1 : L);
        for (let other = 0; other < scores.length; other++) {
          const key = other * 3 * D + D + head * d;
          for (let i = 0; i < d; i++) scores[other] += parts[query + i] * parts[key + i];
          scores[other] /= Math.sqrt(d);
        }
        play.softmax(scores).forEach((weight, other) => {
          const value = other * 3 * D + 2 * D + head * d;
          for (let i = 0; i < d; i++) y[row * D + head * d + i] += weight * parts[value + i];
        });
      }
    }
    return y;
  };

  /** Pre-norm: x + attention(norm(x)), then x + network(norm(x)). part: (name) -> tensor. */
  layers.block = function (x, part, H, isCausal, activation) {
    const D = part("norms.0.weight").length;
    const apply = (name, input, ...more) =>
      layers.linear(input, part(`${name}.weight`), part(`${name}.bias`), ...more);
    const norm = (n, input) =>
      layers.norm(input, part(`norms.${n}.weight`), part(`norms.${n}.bias`));
    const add = (a, b) => a.map((value, i) => value + b[i]);
    const looked = layers.attention(apply("attention.project", norm(0, x)), D, H, isCausal);
    x = add(x, apply("attention.merge", looked));
    return add(x, apply("ffn.2", apply("ffn.0", norm(1, x), activation)));
  };

  /** The error function, to 1e-15: its power series, and 1 where that has nothing left to add. */
  function erf(x) {
    if (Math.abs(x) > 5.9) return Math.sign(x);
    // erf(x) = 2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): no signs to cancel
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
})((globalThis.play ??= {}));
