/* The page: which game, whose turn, which key. */
(function (play) {
  "use strict";

  const root = document.getElementById("play");
  const part = (name) => root.querySelector(`.play-${name}`);
  const shop = { world: play.data.world, tables: play.unpackAll(play.data.tables) };
  const forecasters = play.forecasters(shop);
  const { shoppers } = play.data;
  const shelf = new play.Shelf(part("shelf"), choose);
  const board = new play.Board(part("board"), Object.keys(play.data.colours));
  let game;
  let shown; // the turn on the shelf, told or not

  /** Begin, or go on with, a game of this shopper and number. */
  function begin(who, number, choices = []) {
    game = new play.Game(shop, forecasters, who, number, choices);
    shown = game.turns[Math.max(0, choices.length - 1)];
    for (const input of part("who").querySelectorAll("input")) input.checked = input.value === who.name;
    document.getElementById("play-so-far").textContent = `${who.name}’s clicks so far`;
    show();
  }

  /** Everything that is seen, from `game` and `shown`. */
  function show() {
    const { name } = game.who;
    const isTold = "guesses" in shown;
    const number = game.turns.indexOf(shown) + 1;
    part("game").textContent = `Game ${game.number}, click ${number} of ${play.TURNS}`;
    const asked = `What does ${name} click next?`;
    document.getElementById("play-asked").textContent = isTold ? clicked() : asked;
    if (shelf.turn !== shown) play.showTrail(part("trail"), shown.before);
    shelf.show(shown);
    board.show(game, game.turns[game.choices.length - 1]);
    part("said").textContent = isTold ? told() : "";
    part("next").textContent = game.coming ? "Next click" : "Another game";
    part("next").disabled = !isTold;
    part("copy").hidden = Boolean(game.coming);
    part("copy").textContent = "Copy the link";
    part("on").classList.toggle("play-over", !game.coming);
    if (game.link() !== location.hash && (game.choices.length || location.hash)) {
      history.replaceState(null, "", game.link());
    }
    thinkAhead(shown);
  }

  /** The forecasts, while you still look at the shelf: a press then has little left to do. */
  function thinkAhead(turn) {
    if (!("guesses" in turn)) setTimeout(() => game.foresee(turn), 100);
  }

  const clicked = () => `${game.who.name} clicked ${play.label(shown.shelf[shown.answer])}`;

  /** Who was right; after the last turn, who won. */
  function told() {
    if (!game.coming) return play.verdict(game);
    const players = Object.entries(shown.guesses);
    const right = players.filter(([, place]) => place === shown.answer).map(([name]) => play.spoken(name));
    const names = right.join(", ").replace(/, ([^,]*)$/, " and $1") || "nobody";
    return `Right: ${names}.`;
  }

  function choose(place) {
    if ("guesses" in shown) return;
    game.choose(place);
    show();
    part("next").focus();
  }

  function goOn() {
    if (!("guesses" in shown)) return;
    if (!game.coming) return begin(game.who, game.number + 1);
    shown = game.coming;
    show();
    shelf.focus(0);
  }

  function onKey(event) {
    const isElsewhere = event.target.closest("input, textarea, select, dialog");
    if (event.ctrlKey || event.altKey || event.metaKey || isElsewhere) return;
    if (/^[1-9]$/.test(event.key)) return choose(Number(event.key) - 1);
    const place = shelf.buttons.indexOf(event.target);
    if (place >= 0 && event.key.startsWith("Arrow")) {
      event.preventDefault(); // the page would scroll
      shelf.focus(play.neighbour(place, event.key));
    }
  }

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(location.href);
      part("copy").textContent = "Copied";
    } catch {
      part("copy").textContent = "The address bar has it";
    }
  }

  /** The game of the address; without one, the first. */
  function open() {
    const link = play.readLink(location.hash);
    const who = link && shoppers.find((one) => one.name.toLowerCase() === link.name);
    if (who) begin(who, link.number, link.choices);
    else begin(shoppers[0], 1);
  }

  for (const who of shoppers) {
    const input = play.element("input");
    Object.assign(input, { type: "radio", name: "play-who", value: who.name });
    input.addEventListener("change", () => begin(who, 1));
    const is = play.element("i", "", who.persona.replaceAll("_", " "));
    part("who").append(play.element("label", "", "", input, play.element("span", "", who.name, is)));
  }
  part("next").addEventListener("click", goOn);
  part("copy").addEventListener("click", copyLink);
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", () => location.hash !== game.link() && open());
  root.style.setProperty("--you", play.data.colours.you);
  root.closest(".bd-article-container").classList.add("play-page");
  open();
  root.hidden = false;
})((globalThis.play ??= {}));
