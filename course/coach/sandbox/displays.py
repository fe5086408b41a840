"""Of what an answer displays, pictures above all, show what the first such call displayed.

An answer that draws is right to draw, but it is called on a probe after the other: thirty pictures
would bury the card. There are two ways into the notebook: what is displayed at once (`display`,
`plt.show`), and figures left open, which Matplotlib's backend shows when the cell ends.
"""

import contextlib
import itertools
import sys
from collections.abc import Iterator
from typing import Any

from course.coach.sandbox.settings import running_shell


class Displays:
    """Lets through what the first displaying call displays, and holds back the rest."""

    def __init__(self) -> None:
        self._is_enough = False
        self._has_displayed = False
        self._kept: list[Any] = []  # figures of the first call that left some open

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Inside, the learner's open figures are out of reach; they are put back afterwards.

        With them, as the older ones: those that the first displaying call left open.
        """
        figures = _open_figures()
        learners = list(figures.values())
        figures.clear()
        try:
            with self._gate():
                yield
        finally:
            self.end_call()
            used = {manager.num for manager in learners}
            free = (number for number in itertools.count(1) if number not in used)
            for manager in self._kept:
                manager.num = next(free)
            _open_figures().update((manager.num, manager) for manager in self._kept + learners)

    def end_call(self) -> None:
        """A call is over: if it displayed something, the next ones display nothing."""
        figures = _open_figures()
        if self._is_enough:
            if figures:
                sys.modules["matplotlib.pyplot"].close("all")
            return
        self._kept = list(figures.values())
        figures.clear()  # or the next call would draw into the same one
        self._is_enough = self._has_displayed or bool(self._kept)

    def stop(self) -> None:
        """Show nothing of what follows."""
        self._is_enough = True

    @contextlib.contextmanager
    def _gate(self) -> Iterator[None]:
        """Inside, what is displayed passes only while it is not enough."""
        shell = running_shell()
        if shell is None:
            yield
            return
        publisher = shell.display_pub
        publish = publisher.publish

        def publish_if_first(*args: Any, **kwargs: Any) -> None:
            if not self._is_enough:
                self._has_displayed = True
                publish(*args, **kwargs)

        publisher.publish = publish_if_first  # an attribute of the object hides the method
        try:
            yield
        finally:
            vars(publisher).pop("publish", None)


def _open_figures() -> dict[int, Any]:
    """Matplotlib's own table of open figures, by number; one of no effect before its import."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    helpers = sys.modules.get("matplotlib._pylab_helpers")
    return helpers.Gcf.figs if pyplot is not None and helpers is not None else {}
