"""Answer key of chapter 00."""

from course.coach import Choice, Exercise, Misconception, Probe, Quiz
from seqrec.metrics import share_of_lift


def _share_of_lift_probes(rng):
    yield Probe((0.45, 0.25, 0.75), label="a model between the two")
    yield Probe((0.25, 0.25, 0.75), label="a model that is just popularity")
    yield Probe((0.75, 0.25, 0.75), label="a model as good as the oracle")
    yield Probe((0.1, 0.2, 0.7), label="a model worse than popularity")
    for _ in range(4):
        popularity, model, oracle = sorted(rng.uniform(0.05, 0.95, 3).round(3).tolist())
        yield Probe((model, popularity, oracle), label="random scores")


def _share_of_the_oracle(model, popularity, oracle):
    return model / oracle


def _popularity_left_in_the_denominator(model, popularity, oracle):
    return (model - popularity) / oracle


def _what_is_missing(model, popularity, oracle):
    return (oracle - model) / (oracle - popularity)


def _relative_to_popularity(model, popularity, oracle):
    return (model - popularity) / popularity


def _in_percent(model, popularity, oracle):
    return 100 * (model - popularity) / (oracle - popularity)


EXERCISES = (
    Exercise(
        id="0.1",
        title="The share of the achievable lift",
        minutes=3,
        reference=share_of_lift,
        probes=_share_of_lift_probes,
        hints=(
            "Two points fix the scale: popularity must come out as 0, the oracle as 1.",
            "How far has the model come from popularity? And how far is the whole way, from "
            "popularity to the oracle?",
            "`(how far it has come) / (the whole way)`, both measured from `popularity`",
        ),
        misconceptions=(
            Misconception(
                name="divides by the oracle",
                wrong=_share_of_the_oracle,
                says="You divide by the oracle's score, so popularity itself gets a share above 0. "
                "The scale must start at popularity: subtract it first, above and below the line.",
            ),
            Misconception(
                name="forgets popularity below the line",
                wrong=_popularity_left_in_the_denominator,
                says="The numerator starts at popularity, but the denominator starts at 0, so the "
                "oracle itself would not reach 1. Subtract popularity below the line too.",
            ),
            Misconception(
                name="measures what is missing",
                wrong=_what_is_missing,
                says="This is the share that is still missing: popularity gets 1 and the oracle 0. "
                "Measure from the other end.",
            ),
            Misconception(
                name="lift relative to popularity",
                wrong=_relative_to_popularity,
                says="This is the gain in units of popularity's score. It says nothing about how "
                "much could have been gained: divide by the way from popularity to the oracle.",
            ),
            Misconception(
                name="percent",
                wrong=_in_percent,
                says="Right, but a hundred times too large: return a share, 1 for the oracle. The "
                "formatting turns it into percent.",
            ),
        ),
    ),
)

QUIZZES = (
    Quiz(
        id="0.1",
        question="In this shop the oracle's NDCG@10 is well below 1. Why?",
        choices=(
            Choice(
                "The oracle has learned from too few shoppers.",
                why="It has learned nothing at all: it computes with the shop's own rules. More "
                "data change nothing.",
            ),
            Choice(
                "What a shopper does next is not decided by what she did before.",
                right=True,
                why="The next click is drawn at random from probabilities that depend on the past. "
                "The oracle knows them exactly, but nobody knows the draw.",
            ),
            Choice(
                "NDCG@10 cannot reach 1 if there are more than ten products.",
                why="It reaches 1 if the hidden click is always ranked first, however many "
                "products there are.",
            ),
            Choice(
                "A larger neural network would do better than the oracle.",
                why="From the clicks alone nothing does better on average: the oracle is the exact "
                "probability. A model that seems to beat it has been lucky, or has seen what it "
                "should not.",
            ),
        ),
    ),
)
