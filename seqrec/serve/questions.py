"""From the bytes of a request to a Question, or to a Refusal that says what is wrong.

Only what needs no model is looked at here: is it JSON, has it the right names, is it small enough?
Whether the ids are any good is said by the model, in `seqrec.serve.answering`.
"""

from dataclasses import dataclass
from typing import Any

from seqrec.checks import check_count, check_flag, cut, shown
from seqrec.training.plain_json import read_json

# Characters of what is wrong: a body may hold a word of half a megabyte.
_LONGEST = 600


class Refusal(Exception):
    """A request that can't be answered.

    message: what is wrong, and its cure
    status:  of HTTP, 4xx; 503 for one that came at a bad moment
    """

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(cut(message, _LONGEST))
        self.status = status

    def document(self) -> dict[str, str]:
        """It as JSON can say it: the cause, and the cure."""
        cause, _, cure = str(self).partition("Cure: ")
        return {"error": cause.strip(), "cure": cure}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How large a request may be, and how many may wait.

    body_bytes:  of one request
    histories:   of one request
    history_ids: of one history. A model reads the newest `max_len`; more are of use for what was
                 seen
    top_k:       items of a list
    batch:       histories that are answered together, at least one request
    waiting:     histories that may wait; who comes then is told to come again
    seconds:     for a body to arrive
    """

    body_bytes: int = 2**19
    histories: int = 256
    history_ids: int = 1_000
    top_k: int = 1_000
    batch: int = 64
    waiting: int = 4_096
    seconds: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody asks: arguments of `SequentialRecommender.recommend_next`."""

    histories: list[list[Any]]
    top_k: int = 10
    exclude_seen: bool | None = None
    among: list[Any] | None = None
    without: list[Any] | None = None


def read_question(body: bytes, limits: Limits) -> Question:
    """The Question that a body asks. Raises Refusal."""
    said = read_object(body)
    names = Question.__dataclass_fields__.keys()
    unknown = sorted(said.keys() - names)
    if unknown:
        raise Refusal(
            f"{shown(unknown[0])} means nothing here. Cure: leave it out, or one of "
            f"{', '.join(names)}."
        )
    if "histories" not in said:
        raise Refusal('histories are missing. Cure: {"histories": [[...]]}, oldest item first.')
    _check_histories(said["histories"], limits)
    try:
        check_count("top_k", said.get("top_k", 10), highest=limits.top_k)
        if said.get("exclude_seen") is not None:
            check_flag("exclude_seen", said["exclude_seen"])
    except ValueError as error:
        raise Refusal(f"{error} Cure: such a value, or leave it out.") from error
    return Question(**said)


def read_object(body: bytes) -> dict[str, Any]:
    """A body as a dict. Raises Refusal, 400 for what is no JSON."""
    try:
        said = read_json(body)
    except ValueError as error:
        raise Refusal(
            f"the body must be JSON, and is none: {error}. Cure: what json.dumps writes, in UTF-8.",
            400,
        ) from error
    if not isinstance(said, dict):
        raise Refusal(
            f"the body must be a JSON object, got {shown(said)}. Cure: an object, with names."
        )
    return said


def _check_histories(histories, limits):
    """Raise Refusal unless these are lists, and not too many."""
    cure = "Cure: [[...]], a list of histories; [[]] for somebody of whom nothing is known."
    if not isinstance(histories, list) or not histories:
        raise Refusal(f"histories must be a list that is not empty, got {shown(histories)}. {cure}")
    if len(histories) > limits.histories:
        raise Refusal(
            f"histories must be {limits.histories} or fewer, got {len(histories)}. Cure: several "
            "requests, which are answered together."
        )
    for row, history in enumerate(histories):
        if not isinstance(history, list):
            raise Refusal(f"histories[{row}] must be a list of ids, got {shown(history)}. {cure}")
        if len(history) > limits.history_ids:
            raise Refusal(
                f"histories[{row}] must have {limits.history_ids} ids or fewer, got "
                f"{len(history)}. Cure: the newest {limits.history_ids}."
            )
