/* The clicks so far, and the shelf of nine: what one looks at, and chooses from. */
(function (play) {
  "use strict";

  const COLUMNS = 3;
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

  function product(item, isSmall = false) {
    const { type, tier, grade, icon } = play.data.products[item];
    const drawing = element("i", `play-icon ${icon}`);
    drawing.setAttribute("aria-hidden", "true");
    const name = element("span", isSmall ? "play-unseen" : "play-name", `${type} `);
    const sign = element("span", "play-tier", tier);
    sign.setAttribute("aria-hidden", "true"); // "euro euro"
    name.append(sign, element("span", "play-unseen", grade));
    return [drawing, name];
  }

  /** The clicks, oldest first. */
  play.showTrail = function (list, clicks) {
    list.replaceChildren(
      ...clicks.map((item, n) => {
        const isSmall = n < clicks.length - named(clicks.length);
        const entry = element("li", isSmall ? "play-old" : "", "", ...product(item, isSmall));
        entry.title = play.label(item);
        return entry;
      }),
    );
  };

  /** Nine buttons. turn: of the game; what is told of it stands on them once it has `guesses`. */
  play.showShelf = function (shelf, turn, choose) {
    const isTold = "guesses" in turn;
    const buttons = turn.shelf.map((item, place) => {
      const key = element("kbd", "play-key", String(place + 1));
      const button = element("button", "play-product", "", key, ...product(item));
      button.type = "button";
      button.setAttribute("aria-keyshortcuts", String(place + 1));
      if (isTold) tell(button, turn, place);
      else button.addEventListener("click", () => choose(place));
      button.append(bars(turn, place));
      return button;
    });
    shelf.classList.toggle("play-told", isTold);
    shelf.replaceChildren(...buttons);
  };

  /** A button on the shelf after the turn: was it clicked, was it yours? */
  function tell(button, turn, place) {
    const isClick = place === turn.answer;
    const isYours = place === turn.guesses.you;
    button.setAttribute("aria-disabled", "true"); // disabled, it would drop the keyboard's place
    button.classList.toggle("play-click", isClick);
    button.classList.toggle("play-yours", isYours);
    const said = isYours ? "your guess" : "clicked";
    const mark = element("b", "play-mark", `${isClick ? "✓" : "✗"} ${said}`);
    if (isClick || isYours) button.append(mark);
  }

  /** A bar for each forecaster: what it gave this product. All have one scale, 0 to 100 %. */
  function bars(turn, place) {
    const chart = element("span", "play-bars");
    chart.setAttribute("aria-hidden", "true");
    for (const [name, colour] of Object.entries(play.data.colours)) {
      if (name === "you") continue;
      const bar = element("i");
      const share = turn.laws ? turn.laws[name][place] : 0;
      bar.style.setProperty("--c", colour);
      bar.style.setProperty("--share", share.toFixed(4));
      chart.append(bar);
    }
    return chart;
  }

  /** The place that an arrow key leads to from `place`; the same at the shelf's edge. */
  play.neighbour = function (place, key, n = 9) {
    const column = place % COLUMNS;
    const to = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[key];
    const isEdge = (to === -1 && column === 0) || (to === 1 && column === COLUMNS - 1);
    return isEdge || place + to < 0 || place + to >= n ? place : place + to;
  };
})((globalThis.play ??= {}));
