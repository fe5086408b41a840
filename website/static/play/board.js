/* Who is ahead: a row for you and each forecaster. */
(function (play) {
  "use strict";

  const { element } = play;
  const NAMES = { you: "you", popularity: "popularity", oracle: "the oracle" };
  const percent = (share) => `${Math.round(100 * share)}%`;

  /** A player as one calls it in a sentence. */
  play.spoken = (name) => NAMES[name] ?? name;
  const title = (name) => play.spoken(name).replace(/^[a-z]/, (letter) => letter.toUpperCase());

  class Board {
    /** root: an empty list. names: of all players. */
    constructor(root, names) {
      this.rows = names.map((name) => {
        const pips = element("span", "play-pips");
        pips.setAttribute("aria-hidden", "true");
        pips.append(...Array.from({ length: play.TURNS }, () => element("i")));
        const score = element("span", "play-score");
        const line = element("span", "play-line", "", element("span", "play-guess"), element("span"));
        const row = element("li", "", "", element("b", "play-player", title(name)), pips, score, line);
        row.style.setProperty("--c", play.data.colours[name]);
        root.append(row);
        return { name, row, pips, score, line };
      });
    }

    /** game, and its last turn that is told; undefined before the first. */
    show(game, turn) {
      const all = game.score();
      for (const { name, row, pips, score, line } of this.rows) {
        const { hits, worth } = all[name];
        row.classList.toggle("play-hit", Boolean(turn) && turn.guesses[name] === turn.answer);
        [...pips.children].forEach((pip, n) => {
          const kind = n < hits.length ? (hits[n] ? "play-full" : "play-miss") : "";
          if (pip.className !== kind) pip.className = kind;
        });
        const n = hits.filter(Boolean).length;
        score.replaceChildren(String(n), element("span", "play-unseen", ` of ${hits.length} right.`));
        line.firstChild.textContent = guess(name, turn);
        line.lastChild.textContent = game.coming ? gave(name, turn) : `worth ${worth.toFixed(1)}`;
      }
    }
  }

  play.Board = Board;

  function guess(name, turn) {
    if (!turn) return name === "you" ? "guess first" : "speaks after you";
    const place = turn.guesses[name];
    const sign = place === turn.answer ? "✓" : "✗";
    const sure = name === "you" ? "" : `, ${percent(turn.laws[name][place])}`;
    return `${sign} ${play.label(turn.shelf[place])}${sure}`;
  }

  function gave(name, turn) {
    if (!turn || name === "you") return "";
    if (turn.guesses[name] === turn.answer) return "";
    return `the click: ${percent(turn.laws[name][turn.answer])}`;
  }

  /** Who won, and what the guesses are worth: two sentences at the end. */
  play.verdict = function (game) {
    const score = game.score();
    const hits = (name) => score[name].hits.filter(Boolean).length;
    const [yours, best] = [hits("you"), hits("oracle")];
    const who = yours > best ? "You win" : yours < best ? "The oracle wins" : "A draw";
    return (
      `${who}: you ${yours}, the oracle ${best}. By the rules of the shop your ten guesses bring ` +
      `${score.you.worth.toFixed(1)} hits on average, the oracle’s ` +
      `${score.oracle.worth.toFixed(1)}; the rest was luck.`
    );
  };
})((globalThis.play ??= {}));
