/* Typed arrays out of data.js: the very bits that Python has. */
(function (play) {
  "use strict";

  const KINDS = { f4: Float32Array, f8: Float64Array, i4: Int32Array };

  /** {shape, kind, data} of data.js as a typed array, row after row, with its `shape`. */
  play.unpack = function (packed) {
    const letters = atob(packed.data);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    const array = new KINDS[packed.kind](bytes.buffer);
    array.shape = packed.shape;
    return array;
  };

  /** An object of packed arrays as one of typed arrays, under the same names. */
  play.unpackAll = function (packed) {
    const names = Object.entries(packed);
    return Object.fromEntries(names.map(([name, array]) => [name, play.unpack(array)]));
  };
})((globalThis.play ??= {}));
