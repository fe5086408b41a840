"""Answer key of chapter 00."""

from course.coach import Choice, Exercise, GuessChoice, GuessNumber, Misconception, Probe, Quiz
from seqrec.metrics import share_of_lift


def _share_of_lift_probes(rng):
    yield Probe((0.45, 0.25, 0.75), label="a model between the two")
    yield Probe((0.1, 0.2, 0.7), label="a model worse than popularity")
    yield Probe((0.25, 0.25, 0.75), label="a model that is just popularity")
    yield Probe((0.75, 0.25, 0.75), label="a model as good as the oracle")
    for _ in range(6):
        popularity, model, oracle = sorted(rng.uniform(0.05, 0.95, 3).round(4).tolist())
        yield Probe((model, popularity, oracle), label="random scores")
    for _ in range(3):
        model, popularity, oracle = sorted(rng.uniform(0.05, 0.95, 3).round(4).tolist())
        yield Probe((model, popularity, oracle), label="a random model worse than popularity")


def _share_of_the_oracle(model, popularity, oracle):
    return model / oracle


def _popularity_left_in_the_numerator(model, popularity, oracle):
    return model / (oracle - popularity)


def _popularity_left_in_the_denominator(model, popularity, oracle):
    return (model - popularity) / oracle


def _what_is_missing(model, popularity, oracle):
    return (oracle - model) / (oracle - popularity)


def _what_is_missing_of_the_oracle(model, popularity, oracle):
    return (oracle - model) / oracle


def _how_far_below_the_oracle(model, popularity, oracle):
    return oracle - model


def _relative_to_popularity(model, popularity, oracle):
    return (model - popularity) / popularity


def _ratio_to_popularity(model, popularity, oracle):
    return model / popularity


def _relative_to_the_model(model, popularity, oracle):
    return (model - popularity) / model


def _in_percent(model, popularity, oracle):
    return 100 * (model - popularity) / (oracle - popularity)


def _no_brackets(model, popularity, oracle):
    return model - popularity / oracle - popularity


def _no_brackets_above(model, popularity, oracle):
    return model - popularity / (oracle - popularity)


def _no_brackets_below(model, popularity, oracle):
    return (model - popularity) / oracle - popularity


def _not_divided(model, popularity, oracle):
    return model - popularity


def _the_whole_way(model, popularity, oracle):
    return oracle - popularity


def _turned_sign(model, popularity, oracle):
    return (popularity - model) / (oracle - popularity)


def _from_the_oracle(model, popularity, oracle):
    return (model - oracle) / (oracle - popularity)


def _upside_down(model, popularity, oracle):
    return (oracle - popularity) / (model - popularity)


def _gone_to_left(model, popularity, oracle):
    return (model - popularity) / (oracle - model)


def _lift_to_one(model, popularity, oracle):
    return (model - popularity) / (1 - popularity)


def _added_below(model, popularity, oracle):
    return (model - popularity) / (oracle + popularity)


def _multiplied(model, popularity, oracle):
    return (model - popularity) * (oracle - popularity)


def _cut_at_zero(model, popularity, oracle):
    return max(0.0, (model - popularity) / (oracle - popularity))


def _absolute(model, popularity, oracle):
    return abs(model - popularity) / (oracle - popularity)


def _rounded(model, popularity, oracle):
    return round((model - popularity) / (oracle - popularity), 2)


def _whole_numbers(model, popularity, oracle):
    return (model - popularity) // (oracle - popularity)


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
        built="You have built the yardstick of the course: 0 % is popularity, 100 % the oracle. "
        "The next cell asks how far the last click alone comes, and the chapters with models "
        "compare them by it.",
        ours="Nothing is cut off: a model that is worse than popularity shows a share below 0.",
        misconceptions=(
            Misconception(
                name="divides by the oracle",
                wrong=_share_of_the_oracle,
                says="You divide the model's score by the oracle's, so popularity itself gets a "
                "share above 0. The scale must start at popularity: subtract it first, above and "
                "below the line.",
            ),
            Misconception(
                name="forgets popularity above the line",
                wrong=_popularity_left_in_the_numerator,
                says="Your numerator is the whole score of the model, so popularity would not come "
                "out as 0. Subtract popularity from the model's score too, above the line.",
            ),
            Misconception(
                name="forgets popularity below the line",
                wrong=_popularity_left_in_the_denominator,
                says="The numerator starts at popularity, but the denominator is the oracle's "
                "whole score and starts at 0, so the oracle itself would not reach 1. Subtract "
                "popularity below the line too.",
            ),
            Misconception(
                name="measures what is missing",
                wrong=_what_is_missing,
                says="This is the share that is still missing, the gap to the oracle: popularity "
                "gets 1 and the oracle 0, the scale is upside down. Measure from the other end, "
                "from popularity.",
            ),
            Misconception(
                name="what is missing of the oracle",
                wrong=_what_is_missing_of_the_oracle,
                says="This is how much of the oracle's score the model lacks, so the oracle gets 0 "
                "and not 1. Measure how far the model has come from popularity, and divide by the "
                "way from popularity to the oracle.",
            ),
            Misconception(
                name="the distance to the oracle",
                wrong=_how_far_below_the_oracle,
                says="This is the distance that is still missing up to the oracle, in points of "
                "the metric. Wanted is the distance from popularity, divided by the whole way.",
            ),
            Misconception(
                name="lift relative to popularity",
                wrong=_relative_to_popularity,
                says="You divide by popularity: this is the relative gain over popularity, and it "
                "says nothing about how much could have been gained, for the oracle is not in it. "
                "The denominator should be the way from popularity to the oracle.",
            ),
            Misconception(
                name="ratio to popularity",
                wrong=_ratio_to_popularity,
                says="This says how many times popularity's score the model reaches. The ratio "
                "ignores the oracle: subtract popularity, then divide by the way from popularity "
                "to the oracle.",
            ),
            Misconception(
                name="relative to the model",
                wrong=_relative_to_the_model,
                says="You divide by the model's own score. The denominator should not depend on "
                "the model: it is the whole way, oracle minus popularity.",
            ),
            Misconception(
                name="percent",
                wrong=_in_percent,
                says="Right, but in percent, a hundred times too large: don't multiply by 100, "
                "return a share, 1 for the oracle. The formatting turns it into percent.",
            ),
            Misconception(
                name="no brackets",
                wrong=_no_brackets,
                says="The brackets (parentheses) are missing: Python divides before it subtracts, "
                "so only `popularity / oracle` is divided. Put both differences in brackets.",
            ),
            Misconception(
                name="no brackets above the line",
                wrong=_no_brackets_above,
                says="The brackets around `model - popularity` are missing: division comes before "
                "subtraction, so only popularity is divided. Put the numerator in parentheses.",
            ),
            Misconception(
                name="no brackets below the line",
                wrong=_no_brackets_below,
                says="The brackets around `oracle - popularity` are missing: you divide by the "
                "oracle and subtract popularity afterwards. Put the denominator in parentheses.",
            ),
            Misconception(
                name="not divided",
                wrong=_not_divided,
                says="This is the gain over popularity in points of the metric, not a share: it is "
                "not divided by anything, and the oracle is not used. Divide by the whole way, "
                "oracle minus popularity, so that the oracle comes out as 1.",
            ),
            Misconception(
                name="the whole way alone",
                wrong=_the_whole_way,
                says="This is the achievable lift itself, the denominator; your model's score is "
                "not used. How much of it has the model reached?",
            ),
            Misconception(
                name="turned sign",
                wrong=_turned_sign,
                says="The sign is wrong: you subtract the model from popularity, so a better model "
                "gets a negative share. The numerator is model minus popularity.",
            ),
            Misconception(
                name="measured from the oracle",
                wrong=_from_the_oracle,
                says="You subtract the oracle in the numerator, so the oracle gets 0 and "
                "popularity -1. The zero of the scale is popularity: subtract popularity from the "
                "model.",
            ),
            Misconception(
                name="upside down",
                wrong=_upside_down,
                says="Your fraction is upside down: numerator and denominator are swapped. Divide "
                "the way that the model has come by the whole way, not the inverse.",
            ),
            Misconception(
                name="gone to what is left",
                wrong=_gone_to_left,
                says="You divide by what is still missing, the gap from the model to the oracle, "
                "so the oracle itself divides by zero. Divide by the whole way, from popularity to "
                "the oracle.",
            ),
            Misconception(
                name="one instead of the oracle",
                wrong=_lift_to_one,
                says="Your scale ends at a perfect score of 1, which nobody can reach here. The "
                "end of the scale is the oracle: divide by oracle minus popularity.",
            ),
            Misconception(
                name="added below the line",
                wrong=_added_below,
                says="You add oracle and popularity in the denominator. The whole way is their "
                "difference, oracle minus popularity: a minus sign, not a plus.",
            ),
            Misconception(
                name="multiplied",
                wrong=_multiplied,
                says="You multiply the two differences. A share is a quotient: divide the way that "
                "the model has come by the whole way.",
            ),
            Misconception(
                name="cut off at 0",
                wrong=_cut_at_zero,
                says="You clip the share at 0. A model that is worse than popularity should get a "
                "negative number: leave out the limit.",
            ),
            Misconception(
                name="absolute value",
                wrong=_absolute,
                says="You take the absolute value, so a model that is worse than popularity looks "
                "like a better one. Its share should be negative: keep the sign.",
            ),
            Misconception(
                name="rounded",
                wrong=_rounded,
                says="You round the share. Return the exact number; rounding belongs to printing.",
            ),
            Misconception(
                name="floor division",
                wrong=_whole_numbers,
                says="You divide with `//`, which rounds down to a whole number (floor or integer "
                "division). A share lies between: use `/`.",
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

GUESSES = (
    GuessChoice(
        id="0.1",
        asks="Anna's fourth click",
        choices=("Bowl Mat", "Cat Litter", "Fetch Ball", "Puppy Training Treats"),
    ),
    GuessNumber(
        id="0.2",
        asks="How sure the best forecast is of its first choice",
        unit="%",
        high=100,
        close=10,
    ),
    GuessNumber(id="0.3", asks="The oracle's NDCG@10", high=1, close=0.1, digits=2),
    GuessNumber(
        id="0.4",
        asks="How far the best of the six comes, of the achievable lift",
        unit="%",
        high=100,
        close=10,
    ),
    GuessNumber(
        id="0.5",
        asks="How far SASRec comes from 300 shoppers, of the achievable lift",
        unit="%",
        high=100,
        close=10,
    ),
)
