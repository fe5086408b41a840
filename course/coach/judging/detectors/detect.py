"""Which detector speaks: the most telling first."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from course.coach.judging.detectors import functions, places, reading, relations, shapes
from course.coach.judging.detectors.pairs import Pair, wrong_pairs
from course.coach.judging.fault import Fault
from course.coach.judging.observe import Outcome
from course.coach.key import Exercise
from course.coach.probe import Probe
from course.coach.verdict import State

# They name a cause.
_CAUSES = (
    places.returned_argument,
    places.transposed,
    places.reversed_axis,
    places.first_row_only,
    places.shifted,
    relations.inverted,
    relations.negative,
    relations.factor,
    relations.rows_by_padding,
    relations.offset,
    functions.function,
)
# They tell what can be seen, and leave open where it comes from.
_SIGHTS = (
    relations.not_finite,
    relations.constant,
    relations.other_factor,
    places.other_order,
    places.end_row_only,
    shapes.rounded_apart,
)
_VALUES = (State.WRONG, State.WRONG_SHAPE)


class Found(NamedTuple):
    """What the detectors say.

    says:     one sentence or two, "" where nothing is sure
    is_cause: whether it names where the fault comes from, not only what it looks like
    """

    says: str
    is_cause: bool


def detected(
    exercise: Exercise,
    answer: Callable,
    probes: Sequence[Probe],
    faults: Sequence[Fault | None],
    got: Sequence[Outcome],
    expected: Sequence[Outcome],
) -> Found:
    """What is wrong with an answer, with its evidence.

    faults: what is wrong on each probe, None where nothing is
    """
    failed = [number for number, found in enumerate(faults) if found is not None]
    plain = [number for number in failed if not (probes[number].edge or probes[number].elsewhere)]
    failed = plain or failed
    states = {faults[number].state for number in failed}
    read = None
    if states == {State.WRONG_GRADIENT} and _lacks_a_gradient(failed, got, expected):
        read = reading.says_detached(answer)
    if states & {*_VALUES, State.NOT_DETERMINISTIC}:
        read = reading.says_unread(exercise, answer) or reading.says_seeded(answer)
    of_value = [number for number in failed if faults[number].state in _VALUES]
    pairs = wrong_pairs(probes, of_value, got, expected)
    # An argument that is never read explains a wrong shape too.
    cause = None if read and State.WRONG_SHAPE in states else _first(_CAUSES, pairs)
    said = [read, cause or _first(_SIGHTS, pairs)]
    return Found(" ".join(filter(None, said)), bool(read or cause))


def _lacks_a_gradient(
    failed: Sequence[int], got: Sequence[Outcome], expected: Sequence[Outcome]
) -> bool:
    return any(
        gradient is not None and got[number].gradients.get(name) is None
        for number in failed
        for name, gradient in expected[number].gradients.items()
    )


def _first(detectors: Sequence[Callable], pairs: list[Pair]) -> str | None:
    if not pairs:
        return None
    alike = relations.of_one_shape(pairs)
    if len(alike) < relations.MOST * len(pairs):
        return shapes.wrong_shape(pairs) if detectors is _CAUSES else None
    if not relations.are_telling(alike):
        return None
    said = (detector(alike) for detector in detectors)
    return next((one for one in said if one is not None), None)
