import numpy as np

from tests.course.keys.answers.bank import right, wrong

# 0.1 share_of_lift


@right("0.1", "the formula in one line")
def share_of_lift(model, popularity, oracle):
    return (model - popularity) / (oracle - popularity)


@right("0.1", "one minus what is left")
def share_of_lift(model, popularity, oracle):
    missing = oracle - model
    whole = oracle - popularity
    return 1 - missing / whole


@right("0.1", "numpy and float")
def share_of_lift(model, popularity, oracle):
    won, to_win = np.subtract([model, oracle], popularity)
    return float(np.divide(won, to_win))


@right("0.1", "a straight line: slope and intercept")
def share_of_lift(model, popularity, oracle):
    slope = 1.0 / (oracle - popularity)
    intercept = -popularity * slope
    return slope * model + intercept


@wrong(
    "0.1",
    "divides by the oracle, popularity never subtracted",
    r"popularity.{0,50}(never|not|ignor|missing|forg|zero|start)|subtract\w* popularity"
    r"|share of the oracle|model ?/ ?oracle|without popularity",
)
def share_of_lift(model, popularity, oracle):
    return model / oracle


@wrong(
    "0.1",
    "popularity missing below the line",
    r"denominator|below the (line|bar)|bottom|divid\w+ by (the )?`?oracle|oracle alone"
    r"|`?oracle - popularity|whole way|also .{0,50}below",
)
def share_of_lift(model, popularity, oracle):
    return (model - popularity) / oracle


@wrong(
    "0.1",
    "popularity missing above the line",
    r"numerator|above the (line|bar)|on top|`?model - popularity|from the model|model itself"
    r"|the popularity model .{0,50}0|popularity .{0,50}should be 0",
)
def share_of_lift(model, popularity, oracle):
    return model / (oracle - popularity)


@wrong(
    "0.1",
    "what is left to win instead of what is won",
    r"upside.?down|other way round|revers|what is (left|missing)|still missing|remain"
    r"|from the (oracle|top|other end)|swapp|1 (-|minus)|backwards|(wrong|other) end",
)
def share_of_lift(model, popularity, oracle):
    return (oracle - model) / (oracle - popularity)


@wrong(
    "0.1",
    "sign turned in the numerator",
    r"\bsign\b|negative|minus|popularity - model|wrong way round|revers|swapp|-1",
)
def share_of_lift(model, popularity, oracle):
    return (popularity - model) / (oracle - popularity)


@wrong(
    "0.1",
    "clipped at 0",
    r"clip|clamp|below 0|below zero|negative|worse than popularity|cut off|\bmax\b",
)
def share_of_lift(model, popularity, oracle):
    return max(0.0, (model - popularity) / (oracle - popularity))


@wrong("0.1", "in percent", r"percent|%|\b100\b|hundred")
def share_of_lift(model, popularity, oracle):
    return 100 * (model - popularity) / (oracle - popularity)


@wrong(
    "0.1",
    "lift relative to popularity",
    r"relative (to|lift|gain)|divid\w+ by (the )?`?popularity|(never|not) (read|us\w+).{0,50}oracle"
    r"|oracle.{0,50}(never|not|ignor|unused|play)|denominator|ignor\w+ .{0,50}oracle",
)
def share_of_lift(model, popularity, oracle):
    return (model - popularity) / popularity


@wrong(
    "0.1",
    "brackets missing",
    r"bracket|parenthes|precedence|before the (minus|subtraction)|division .{0,50}first|binds",
)
def share_of_lift(model, popularity, oracle):
    return model - popularity / oracle - popularity


@wrong(
    "0.1",
    "the fraction upside down",
    r"upside.?down|invert|inverse|reciprocal|(numerator|denominator)|swapp|flipp|wrong way round",
)
def share_of_lift(model, popularity, oracle):
    return (oracle - popularity) / (model - popularity)


@wrong(
    "0.1",
    "not divided at all",
    r"(not|never|forg\w+|missing).{0,50}divi|divide|no division|difference alone|absolute|scale",
)
def share_of_lift(model, popularity, oracle):
    return model - popularity


@wrong("0.1", "integer division", r"integer|whole number|floor|//|round|truncat")
def share_of_lift(model, popularity, oracle):
    return (model - popularity) // (oracle - popularity)


@wrong(
    "0.1",
    "absolute value taken",
    r"\babs|absolute|\bsign\b|negative|below 0|below zero|worse than popularity|distance",
)
def share_of_lift(model, popularity, oracle):
    return abs(model - popularity) / abs(oracle - popularity)


@wrong("0.1", "rounded to two places", r"round|precis|decimal|digit")
def share_of_lift(model, popularity, oracle):
    return round((model - popularity) / (oracle - popularity), 2)


@wrong("0.1", "printed, not returned", r"\bNone\b|print|forg\w+.{0,50}return|no `?return|nothing")
def share_of_lift(model, popularity, oracle):
    print((model - popularity) / (oracle - popularity))
