"""How the coach notices that a sentence of chapter 00's stub is broken, see `table`."""


def _whole_numbers(model, popularity, oracle):
    return int((model - popularity) / (oracle - popularity))


def _a_list(model, popularity, oracle):
    return [(model - popularity) / (oracle - popularity)]


CLAUSES = {
    "0.1": {
        "How far a model has come": ("divides by the oracle", "measured from the oracle"),
        "model, popularity, oracle: scores such as NDCG@10": _whole_numbers,
        "Returns one number;": _a_list,
        "below 0 if": ("cut off at 0", "absolute value"),
    },
}
