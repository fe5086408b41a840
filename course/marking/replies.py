"""What an answer's process told, as an outcome that can be compared with the reference's."""

import builtins
import sys
from collections.abc import Mapping
from typing import Any

from course.coach.judging.observe import Outcome
from course.coach.judging.short import described
from course.coach.sandbox.other_device import DevicesMixed

_LIBRARIES = ("seqrec.", "zooplus_sim.")
_LONGEST = 300  # characters of a text that a stranger sends


def outcome_of(reply: Any) -> Outcome:
    """The outcome that a reply tells of. A reply of another form is one that failed."""
    if not isinstance(reply, dict):
        error = RuntimeError("its result can't be read")
        return Outcome(error=error, said=described(error))
    edited = _texts(reply.get("edited"))
    if "error" in reply:
        error = _error(reply)
        return Outcome(error=error, said=described(error), edited=edited)
    gradients = reply.get("gradients")
    seconds = reply.get("seconds")
    return Outcome(
        value=reply.get("value"),
        edited=edited,
        gradients=gradients if isinstance(gradients, dict) else {},
        misplaced=reply.get("misplaced") is not False,
        misfit=str(reply.get("misfit") or "")[:_LONGEST],
        seconds=seconds if isinstance(seconds, float) else float("inf"),
    )


def _texts(value: Any) -> Mapping[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name)[:_LONGEST]: str(text)[:_LONGEST] for name, text in value.items()}


def _error(reply: dict) -> BaseException:
    """An error with what was sent of it: its text, and where it came up as a note."""
    error = _error_of_its_class(reply, str(reply.get("text", ""))[:_LONGEST])
    line = str(reply.get("line", ""))[:_LONGEST]
    if line:
        error.add_note(line)
    return error


def _error_of_its_class(reply: dict, text: str) -> BaseException:
    """Of the first class that is Python's or ours."""
    kinds = reply["error"] if isinstance(reply["error"], list) else []
    for kind in map(_error_class, kinds):
        if kind is not None:
            try:
                return kind(text)
            except TypeError:  # some take more than a text
                error = kind.__new__(kind)
                error.args = (text,)
                return error
    return RuntimeError(text)


def _error_class(name: Any) -> type[BaseException] | None:
    if not (isinstance(name, list) and len(name) == 2 and all(type(n) is str for n in name)):
        return None
    module, kind = name
    if kind == DevicesMixed.__name__:
        return DevicesMixed
    found = None
    if module == "builtins":
        found = getattr(builtins, kind, None)
    elif module.startswith(_LIBRARIES):
        found = getattr(sys.modules.get(module), kind, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None
