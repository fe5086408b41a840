/* A game: ten clicks of a shopper, each to be found on a shelf of nine products.

   On a shelf lie the product that is clicked and eight others, drawn from all the rest with equal
   chances. So a shelf tells nothing but what it holds: of its nine, the best guess is the one with
   the largest probability in the whole shop. */
(function (play) {
  "use strict";

  play.TURNS = 10;
  const SHOWN = 3; // clicks that everybody sees before the first turn
  const SHELF = 9;
  const DRAWS_PER_TURN = 16;
  const LINK = new RegExp(`^#([a-z]+)-(\\d{1,15})(?:-([1-${SHELF}]{1,${play.TURNS}}))?$`);

  /** The products of a shelf. u: (counter) -> a draw, uniform on [0, 1). */
  play.shelf = function (click, nProducts, u) {
    const others = Array.from({ length: nProducts }, (_, n) => n + 1).filter((n) => n !== click);
    for (let place = 0; place < SHELF - 1; place++) {
      const from = place + Math.floor(u(place) * (others.length - place));
      [others[place], others[from]] = [others[from], others[place]];
    }
    const shelf = others.slice(0, SHELF - 1);
    shelf.splice(Math.floor(u(SHELF) * SHELF), 0, click);
    return shelf;
  };

  class Game {
    /** shop: {world, tables}, unpacked. who: one of data.shoppers. number: the journeys' seed. */
    constructor(shop, forecasters, who, number, choices = []) {
      Object.assign(this, { forecasters, who, number, choices: [] });
      const shopper = new play.Shopper(shop.world, shop.tables, number, who.user);
      this.clicks = Array.from({ length: SHOWN + play.TURNS }, () => shopper.next().item);
      const key = play.streamKey(number, "POLICY", who.user);
      const nProducts = shop.tables.type_of_product.length - 1;
      this.turns = Array.from({ length: play.TURNS }, (_, n) => {
        const u = (counter) => play.uniform(key, n * DRAWS_PER_TURN + counter);
        const click = this.clicks[SHOWN + n];
        const shelf = play.shelf(click, nProducts, u);
        return { before: this.clicks.slice(0, SHOWN + n), shelf, answer: shelf.indexOf(click) };
      });
      choices.forEach((place) => this.choose(place));
    }

    /** The turn whose click is still to be guessed; after the last one, undefined. */
    get coming() {
      return this.turns[this.choices.length];
    }

    /** What all forecasters give the nine products of a turn; computed when first asked for. */
    foresee(turn) {
      turn.laws ??= Object.fromEntries(
        Object.entries(this.forecasters).map(([name, forecaster]) => [
          name,
          forecaster.law(turn.before, turn.shelf),
        ]),
      );
      return turn.laws;
    }

    /** You say: the product at this place of the shelf, from 0. Now everybody has spoken. */
    choose(place) {
      const turn = this.coming;
      const laws = Object.entries(this.foresee(turn));
      const guesses = laws.map(([name, law]) => [name, likeliest(law)]);
      turn.guesses = { you: place, ...Object.fromEntries(guesses) };
      this.choices.push(place);
      return turn;
    }

    /** {player: {hits: whether each guess was right, worth: how many that is in the long run}}. */
    score() {
      const told = this.turns.slice(0, this.choices.length);
      return Object.fromEntries(
        ["you", ...Object.keys(this.forecasters)].map((name) => {
          const hits = told.map((turn) => turn.guesses[name] === turn.answer);
          const worth = told.reduce((sum, turn) => sum + turn.laws.oracle[turn.guesses[name]], 0);
          return [name, { hits, worth }];
        }),
      );
    }

    /** What makes this game again, turn for turn: "#anna-1-31". */
    link() {
      const said = this.choices.map((place) => place + 1).join("");
      return `#${this.who.name.toLowerCase()}-${this.number}${said && `-${said}`}`;
    }
  }

  /** {name, number, choices} of a link; null if it is none. */
  play.readLink = function (hash) {
    const found = LINK.exec(hash);
    if (!found) return null;
    const choices = Array.from(found[3] ?? "", (digit) => digit - 1);
    return { name: found[1], number: Number(found[2]), choices };
  };

  /** The place of the largest; of equals the first. */
  function likeliest(law) {
    return law.indexOf(Math.max(...law));
  }

  play.Game = Game;
})((globalThis.play ??= {}));
