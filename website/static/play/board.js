/* Who is ahead: a row for you and each forecaster. */
(function (play) {
  "use strict";

  const { element } = play;
  const NAMES = { you: "you", popularity: "popularity", oracle: "the oracle" };
  const percent = (share) => `${Math.round(100 * share)}%`;

  /** A player as one calls it in a sentence. */
  play.spoken = (name) => NAMES[name] ?? name;
  const title = (name) => play.spoken(name).replace(/^[a-z]/, (letter) => letter.toUpperCase());

  /** turn: the last one that is told; undefined before the first. */
  play.showBoard = function (board, game, turn) {
    const isOver = !game.coming;
    board.replaceChildren(
      ...Object.entries(game.score()).map(([name, { hits, worth }]) => {
        const row = element("li", turn?.guesses[name] === turn?.answer && turn ? "play-hit" : "");
        row.style.setProperty("--c", play.data.colours[name]);
        const n = hits.filter(Boolean).length;
        row.append(element("b", "play-player", title(name)), pips(hits));
        const score = element("span", "play-score", String(n));
        score.append(element("span", "play-unseen", ` of ${hits.length} right.`));
        const end = isOver ? `worth ${worth.toFixed(1)}` : gave(name, turn);
        const said = element("span", "play-guess", guess(name, turn));
        row.append(score, element("span", "play-line", "", said, element("span", "", end)));
        return row;
      }),
    );
  };

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

  function pips(hits) {
    const line = element("span", "play-pips");
    line.setAttribute("aria-hidden", "true");
    for (let n = 0; n < play.TURNS; n++) {
      const kind = n < hits.length ? (hits[n] ? "play-full" : "play-miss") : "";
      line.append(element("i", kind));
    }
    return line;
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
