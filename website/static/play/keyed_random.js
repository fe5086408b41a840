/* Randomness by key: a draw is a function of (seed, channel, user, counter), and of nothing else.

   The same bits as zooplus_sim/keyed_random.py: SplitMix64 (Steele, Lea & Flood 2014), whose root is
   what NumPy's SeedSequence (after O'Neill's seed_seq_fe) makes of channel and seed. */
(function (play) {
  "use strict";

  const GAMMA = 0x9e3779b97f4a7c15n;
  const CHANNELS = { WORLD: 0, MISSION: 2, CLICK: 3, ITEM: 4, POLICY: 5 };

  /** BigInt -> BigInt: the lowest 64 bits. */
  const low64 = (x) => BigInt.asUintN(64, x);

  function mix(x) {
    x = low64((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
    x = low64((x ^ (x >> 27n)) * 0x94d049bb133111ebn);
    return x ^ (x >> 31n);
  }

  /** A step of SeedSequence's hash: words go in one by one, each with a constant of its own. */
  function hasher(constant, multiplier) {
    return (word) => {
      word ^= constant;
      constant = Math.imul(constant, multiplier);
      word = Math.imul(word, constant);
      return word ^ (word >>> 16);
    };
  }

  function stir(x, y) {
    const both = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715);
    return both ^ (both >>> 16);
  }

  /** Words of 32 bits, the lowest first; of 0 one. */
  function wordsOf(number) {
    const words = [];
    for (let rest = BigInt(number); words.length === 0 || rest > 0n; rest >>= 32n) {
      words.push(Number(BigInt.asIntN(32, rest)));
    }
    return words;
  }

  /** The first 64 bits of NumPy's SeedSequence([channel, seed]). */
  function root(channel, seed) {
    const entropy = [...wordsOf(channel), ...wordsOf(seed)];
    const hash = hasher(0x43b0d7e5, 0x931e8875);
    const pool = [0, 1, 2, 3].map((place) => hash(entropy[place] ?? 0));
    for (let from = 0; from < 4; from++) {
      for (let to = 0; to < 4; to++) if (to !== from) pool[to] = stir(pool[to], hash(pool[from]));
    }
    for (const word of entropy.slice(4)) {
      for (let to = 0; to < 4; to++) pool[to] = stir(pool[to], hash(word));
    }
    const state = hasher(0x8b51f9dd, 0x58f38ded);
    const [low, high] = pool.map((word) => BigInt(state(word) >>> 0));
    return low | (high << 32n);
  }

  /** The key of a user's stream. seed: a whole number, as number, text or BigInt. */
  play.streamKey = function (seed, channel, user) {
    const start = root(CHANNELS[channel], seed);
    return mix(low64(mix(low64((BigInt(user) + 1n) * GAMMA) ^ start) + start));
  };

  /** A draw, uniform on [0, 1) with 53 random bits. counter: which of the stream, from 0. */
  play.uniform = function (key, counter) {
    return Number(mix(low64(key + BigInt(counter) * GAMMA)) >> 11n) * 2 ** -53;
  };
})((globalThis.play ??= {}));
