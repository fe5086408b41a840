"""Three projects, worked out as learners hand them in.

    python -m course.teaching.capstone.examples build/capstone           all three
    python -m course.teaching.capstone.examples build/capstone no_order  one

book_shop: series of books, in a strict order. no_order: our shop without missions and habits.
own_log: which function is called next in Python's own library, a log that is on every machine.
Each takes less than a minute of one core.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from course.teaching.capstone.ladder import BUDGETS, climb
from course.teaching.capstone.questions import calls_in_python, of_log, of_shop
from zooplus_sim import World, ZooplusSimulator

HERE = Path(__file__).parent
LEARNERS, USERS, SEED = 500, 900, 7
_REPORT = """# {title}

**Question.** {question}

**How it was measured.** {measured} A small SASRec (one block, width 32), {budgets} epochs, three
seeds each; the budget that is best on validation is reported. `results.csv` has all runs.

**What came out.** Popularity {popularity:.2f}, the last click {markov:.2f}, SASRec with
{epochs} epochs {mean:.2f} ({low:.2f} to {high:.2f} over seeds).

**What it gets wrong.** {wrong}

**What was not tried.** Other models, other widths, longer trainings.
"""
_BY_ORACLE = "The number is the share of the achievable lift in NDCG@10, by the oracle of the shop."


def book_shop(out: Path, budgets: tuple[int, ...] = BUDGETS) -> pd.DataFrame:
    """Series of books: is the next volume found?"""
    return _shop(
        out,
        budgets,
        World.from_toml(HERE / "book_shop.toml"),
        "A book shop with series",
        "Volumes are read in order. Is the last book enough to know the next one?",
        "Which of two series a reader begins next, and where a distraction is not the next volume.",
    )


def no_order(out: Path, budgets: tuple[int, ...] = BUDGETS) -> pd.DataFrame:
    """The shop without missions and habits: what is left to learn of a sequence?"""
    return _shop(
        out,
        budgets,
        replace(World.default(), name="No order", distraction=1.0, habit=0.0),
        "A shop without order",
        "Each click is drawn from a persona's taste. What can a model of sequences still learn?",
        "Histories of few clicks: the persona is not known yet, and no order helps.",
    )


def own_log(out: Path, budgets: tuple[int, ...] = BUDGETS) -> pd.DataFrame:
    """Which function is called next in Python's library: a log without an oracle."""
    log, names = calls_in_python()
    past, valid, test = of_log(log, SEED)
    out.mkdir(parents=True, exist_ok=True)
    pd.DataFrame({"user": range(len(test.targets)), "target": test.targets}).to_csv(
        out / "questions.csv", index=False
    )
    _settings(out, "Which function comes next?", kind="log", items=len(names))
    results = climb(past, len(names), valid, test, out, budgets)
    _report(
        out,
        results,
        "Which function comes next?",
        "A function of Python's library is read call by call. Which one is called last?",
        "No oracle knows this log: the number is NDCG@10 of functions that were not learned from, "
        "and says nothing about how much could be known.",
        "Calls of what is defined in the same file: such names are rare, and not among the items.",
    )
    return results


EXAMPLES: dict[str, Callable] = {"book_shop": book_shop, "no_order": no_order, "own_log": own_log}


def _shop(
    out: Path, budgets: tuple[int, ...], world: World, title: str, question: str, wrong: str
) -> pd.DataFrame:
    sim = ZooplusSimulator(n_users=USERS, seed=SEED, world=world)
    past, valid, test = of_shop(sim, SEED, LEARNERS)
    out.mkdir(parents=True, exist_ok=True)
    world.to_toml(out / "world.toml")
    _settings(
        out, title, kind="shop", items=sim.n_products, users=USERS, learners=LEARNERS, seed=SEED
    )
    results = climb(past, sim.n_products, valid, test, out, budgets)
    _report(out, results, title, question, _BY_ORACLE, wrong)
    return results


def _settings(out: Path, title: str, **values: str | int) -> None:
    """`submission.toml`: what the judge has to know to ask the same questions."""
    lines = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
        for name, value in {"title": title, **values}.items()
    ]
    (out / "submission.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _report(
    out: Path, results: pd.DataFrame, title: str, question: str, measured: str, wrong: str
) -> None:
    trained = results[results["epochs"] > 0]
    epochs = int(trained.groupby("epochs")["valid"].mean().idxmax())
    runs = trained.loc[trained["epochs"] == epochs, "test"]
    below = results[results["epochs"] == 0].set_index("model")["test"]
    text = _REPORT.format(
        title=title,
        question=question,
        measured=measured,
        wrong=wrong,
        budgets=" and ".join(str(each) for each in sorted(set(trained["epochs"]))),
        popularity=below["popularity"],
        markov=below["markov"],
        epochs=epochs,
        mean=runs.mean(),
        low=runs.min(),
        high=runs.max(),
    )
    (out / "report.md").write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m course.teaching.capstone.examples",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder is made in it for each")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(EXAMPLES))
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(EXAMPLES)
    if unknown:
        parser.error(f"no example {', '.join(sorted(unknown))}; there are {', '.join(EXAMPLES)}")
    for name in options.names or EXAMPLES:
        results = EXAMPLES[name](options.out / name)
        print(f"{name}\n{results.round(3).to_string(index=False)}\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
