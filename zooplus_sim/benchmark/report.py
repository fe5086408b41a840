"""A verdict as a table for people, and as JSON for programs."""

from __future__ import annotations

from zooplus_sim.benchmark.judging import METRICS, Estimate, Verdict

TITLES = {"ndcg": "NDCG@10", "hit_rate": "HR@10"}


def as_document(verdict: Verdict) -> dict:
    """The verdict as plain values: for each number its value and the ends of its 95 % interval."""
    track = verdict.track
    rows = {"popularity": verdict.popularity, "judged": verdict.judged, "oracle": verdict.oracle}
    return {
        "track": track.name,
        "version": track.version,
        "token": track.token,
        "test_shoppers": track.test_shoppers,
        "products": track.n_products,
        "share_of_lift": {name: vars(verdict.share(name)) for name in METRICS},
        "scores": {
            row: {name: vars(verdict.mean(scores[name])) for name in METRICS}
            for row, scores in rows.items()
        },
        "regret": {name: vars(verdict.mean(values)) for name, values in verdict.regret.items()},
    }


def as_text(verdict: Verdict) -> str:
    """The verdict as a table of three rows, with what it means below."""
    track = verdict.track
    rows = [
        ["", "NDCG@10", "of the lift", "HR@10", "of the lift", "regret"],
        [
            "popularity",
            *_scores(verdict, verdict.popularity, "0.0 %"),
            _regret(verdict, "popularity"),
        ],
        ["judged", *_scores(verdict, verdict.judged, None), _regret(verdict, "judged")],
        ["oracle", *_scores(verdict, verdict.oracle, "100.0 %"), "0.0000"],
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"{track.name}, version {track.version}: {track.says}"]
    shown = f"{track.test_shoppers:,} test shoppers, {track.n_products:,} products"
    lines += [f"{shown}; after ± half a 95 % interval", ""]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    lines += [
        "",
        "Scores are expected under the oracle's law of each shopper's next click. Regret:",
    ]
    lines.append("KL from the oracle in nats per click" + _why_no_regret(verdict))
    return "\n".join(lines)


def _scores(verdict: Verdict, scores: dict, share: str | None) -> list[str]:
    cells = []
    for name in METRICS:
        cells.append(f"{scores[name].mean():.4f}")
        cells.append(share if share is not None else _percent(verdict.share(name)))
    return cells


def _regret(verdict: Verdict, name: str) -> str:
    if name not in verdict.regret:
        return "-"
    estimate = verdict.mean(verdict.regret[name])
    if estimate.value == float("inf"):
        return "inf"
    return f"{estimate.value:.4f} ± {estimate.high - estimate.value:.4f}"


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.1f} ± {100 * (estimate.high - estimate.value):.1f} %"


def _why_no_regret(verdict: Verdict) -> str:
    if "judged" not in verdict.regret:
        return "; it needs probabilities."
    infinite = (verdict.regret["judged"] == float("inf")).sum()
    if infinite:
        return (
            f"; infinite, as for {infinite:,} shoppers a product that can come next has "
            "probability 0."
        )
    return "."
