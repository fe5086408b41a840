/* The clicks so far, and the shelf of nine: what one looks at, and chooses from. */
(function (play) {
  "use strict";

  const COLUMNS = 3;
  const THICK = 4; // a bar, in pixels; the style sheet's tracks are as thick
  const forecasters = Object.keys(play.data.colours).filter((name) => name !== "you");
  /** How many of the trail have their names; those before them only their drawings. */
  const named = (nClicks) => (nClicks < 6 ? 3 : 2);

  /** <tag class="kind">text</tag>, with `inside` in it. */
  play.element = function (tag, kind = "", text = "", ...inside) {
    const made = document.createElement(tag);
    if (kind) made.className = kind;
    if (text) made.textContent = text;
    made.append(...inside);
    return made;
  };

  /** "Chew Toy €€" as one says it. */
  play.label = (item) => `${play.data.products[item].type} ${play.data.products[item].tier}`;

  const element = play.element;

  function product(item) {
    const { type, tier, grade, icon } = play.data.products[item];
    const drawing = element("i", `play-icon ${icon}`);
    drawing.setAttribute("aria-hidden", "true");
    const name = element("span", "play-name", `${type} `);
    const sign = element("span", "play-tier", tier);
    sign.setAttribute("aria-hidden", "true"); // "euro euro"
    name.append(sign, element("span", "play-unseen", grade));
    return [drawing, name];
  }

  /** The clicks, oldest first. What the list already says is left as it is. */
  play.showTrail = function (list, clicks) {
    const same = clicks.findIndex((item, n) => list.children[n]?.dataset.item !== String(item));
    const nKept = same < 0 ? clicks.length : same;
    while (list.children.length > nKept) list.lastChild.remove();
    for (const item of clicks.slice(nKept)) {
      const entry = element("li", "", "", ...product(item));
      entry.title = play.label(item);
      entry.dataset.item = item;
      list.append(entry);
    }
    const nSmall = clicks.length - named(clicks.length);
    [...list.children].forEach((entry, n) => {
      entry.className = (n < nSmall ? "play-old" : "") + (n < nSmall - 1 ? " play-joined" : "");
    });
  };

  /** Nine buttons, made once: a page that is changed in few places is quick on a slow phone. */
  class Shelf {
    /** root: an empty element. choose: (place) => what a press does. */
    constructor(root, choose, n = 9) {
      this.root = root;
      this.buttons = Array.from({ length: n }, (_, place) => {
        const button = element("button", "play-product");
        button.type = "button";
        button.setAttribute("aria-keyshortcuts", String(place + 1));
        button.addEventListener("click", () => choose(place));
        const key = element("kbd", "play-key", String(place + 1));
        button.append(key, element("span", "play-what"), element("b", "play-mark"), bars());
        return button;
      });
      root.append(...this.buttons);
    }

    /** A turn of the game; what is told of it stands on the buttons once it has `guesses`. */
    show(turn) {
      const isTold = "guesses" in turn;
      this.root.classList.toggle("play-told", isTold);
      this.buttons.forEach((button, place) => {
        const [, what, mark, chart] = button.children;
        if (this.turn !== turn) what.replaceChildren(...product(turn.shelf[place]));
        const isClick = isTold && place === turn.answer;
        const isYours = isTold && place === turn.guesses.you;
        button.classList.toggle("play-click", isClick);
        button.classList.toggle("play-yours", isYours);
        // disabled, it would drop the keyboard's place
        button.setAttribute("aria-disabled", String(isTold));
        const said = `${isClick ? "✓" : "✗"} ${isYours ? "your guess" : "clicked"}`;
        mark.textContent = isClick || isYours ? said : "";
        const width = (name) => (isTold ? (100 * turn.laws[name][place]).toFixed(1) : 0);
        const sizes = forecasters.map((name) => `${width(name)}% ${THICK}px`);
        chart.style.backgroundSize = [...sizes, "auto"].join();
      });
      this.turn = turn;
    }

    /** Put the keyboard on a button. */
    focus(place) {
      this.buttons[place].focus();
    }
  }

  /** A bar for each forecaster: what it gave this product. All have one scale, 0 to 100 %.

      They are the background of one element, above the tracks of the style sheet. */
  function bars() {
    const chart = element("span", "play-bars");
    chart.setAttribute("aria-hidden", "true");
    const colours = forecasters.map((name) => `linear-gradient(${play.data.colours[name]} 0 0)`);
    const places = colours.map((_, n) => `0 ${n * (THICK + 2)}px`);
    chart.style.backgroundImage = [...colours, "var(--tracks)"].join();
    chart.style.backgroundPosition = [...places, "0 0"].join();
    chart.style.height = `${colours.length * (THICK + 2) - 2}px`;
    return chart;
  }

  play.Shelf = Shelf;

  /** The place that an arrow key leads to from `place`; the same at the shelf's edge. */
  play.neighbour = function (place, key, n = 9) {
    const column = place % COLUMNS;
    const to = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[key];
    const isEdge = (to === -1 && column === 0) || (to === 1 && column === COLUMNS - 1);
    return isEdge || place + to < 0 || place + to >= n ? place : place + to;
  };
})((globalThis.play ??= {}));
