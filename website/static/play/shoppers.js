/* A shopper on their way through the shop: the draws of zooplus_sim/journeys/shoppers.py.

   What the page does not show is not drawn: times, and how an event ends. */
(function (play) {
  "use strict";

  const DRAWS_PER_STEP = 8;

  /** One value of a row of alias tables (Walker 1977). u: uniform on [0, 1). */
  function draw(tables, name, row, u) {
    const width = tables[`draw_${name}_widths`][row];
    const place = Math.min(Math.floor(u * width), width - 1);
    const entry = tables[`draw_${name}_offsets`][row] + place;
    const isAbove = u * width - place >= tables[`draw_${name}_threshold`][entry];
    return tables[`draw_${name}_choice`][2 * entry + (isAbove ? 1 : 0)];
  }

  class Shopper {
    /** world, tables: of the shop, unpacked. seed: of the journeys. user: an id of the shop. */
    constructor(world, tables, seed, user) {
      this.world = world;
      this.tables = tables;
      const self = play.streamKey(world.seed, "WORLD", user);
      this.persona = Math.floor(play.uniform(self, 0) * world.personas.length);
      this.tier = draw(tables, "tier", this.persona, play.uniform(self, 1));
      this.chance = play.streamKey(seed, "MISSION", user);
      this.click = play.streamKey(seed, "CLICK", user);
      this.item = play.streamKey(seed, "ITEM", user);
      this.mission = -1;
      this.left = 0; // steps of the mission that are not yet visited, a bit mask
      this.clicks = 0; // of this session
      this.session = -1;
      this.hasEnded = true; // the next click opens a session
      this.number = 0; // clicks so far
      this.recent = world.product_types.map(() => []); // all clicks, by type
    }

    /** The next click: {item, session, mission, step, distraction, repeat}, as the log has it. */
    next() {
      const { tables, world } = this;
      const base = this.number * DRAWS_PER_STEP;
      if (this.hasEnded) this._open(play.uniform(this.chance, base));

      const { type, step } = this._type(play.uniform(this.click, base));
      const visited = tables.step_of_type[this.mission * world.product_types.length + type];
      if (visited >= 0) this.left &= ~(1 << visited);
      const event = { session: this.session, mission: this.mission, step };
      Object.assign(event, { distraction: step < 0, ...this._product(type, base) });
      this.recent[type].push(event.item);

      this.clicks += 1;
      const ends = play.uniform(this.chance, base + 1) >= world.continuation;
      const isDone = this.left === 0 || this.clicks >= world.max_session_length;
      this.hasEnded = ends || isDone;
      this.number += 1;
      return event;
    }

    /** A session begins, with a mission. */
    _open(u) {
      const { tables, world } = this;
      const row = this.persona * (world.missions.length + 1) + this.mission + 1;
      this.mission = draw(tables, "mission", row, u);
      this.left = tables.all_steps[this.mission];
      this.clicks = 0;
      this.session += 1;
    }

    /** One uniform decides on distraction, the rest of it on the type. */
    _type(u) {
      const eps = this.world.distraction;
      if (u < eps) return { type: draw(this.tables, "taste", this.persona, u / eps), step: -1 };
      const step = draw(this.tables, "step", this.left, (u - eps) / (1 - eps));
      const nSteps = this.tables.steps.shape[1];
      return { type: this.tables.steps[this.mission * nSteps + step], step };
    }

    /** Out of habit one of the last clicks in the type, or else a fresh look. */
    _product(type, base) {
      const { world } = this;
      const before = this.recent[type];
      const known = Math.min(before.length, world.habit_memory);
      const pull = world.habit * known;
      const chance = pull / (1 + pull);
      const u = play.uniform(this.item, base);
      if (u < chance) {
        const slot = Math.min(Math.floor((u / chance) * known), world.habit_memory - 1);
        // the last ones lie in a ring: the n-th click is in slot n % R
        const ring = before.slice(-known).map((item, n) => [before.length - known + n, item]);
        const [, item] = ring.find(([n]) => n % world.habit_memory === slot);
        return { item, repeat: true };
      }
      const row = this.tier * world.product_types.length + type;
      const item = draw(this.tables, "product", row, (u - chance) / (1 - chance));
      return { item, repeat: false };
    }
  }

  play.Shopper = Shopper;
})((globalThis.play ??= {}));
