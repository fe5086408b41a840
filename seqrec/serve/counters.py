"""What has happened since the server began, as text that Prometheus reads.

    text format 0.0.4, https://prometheus.io/docs/instrumenting/exposition_formats/

A histogram has a counter for each bound: how many values were at most that large.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence


class Histogram:
    """How many values there were up to each bound, and their sum.

    name, help: of Prometheus
    bounds:     ascending; one more, infinity, comes by itself
    """

    def __init__(self, name: str, help: str, bounds: Sequence[float]) -> None:
        self.name = name
        self.help = help
        self.bounds = tuple(map(float, bounds))
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def lines(self) -> list[str]:
        """Its lines of text."""
        found = _head(self.name, self.help, "histogram")
        so_far = 0
        for bound, count in zip((*self.bounds, "+Inf"), self.counts, strict=True):
            so_far += count
            found.append(f'{self.name}_bucket{{le="{bound}"}} {so_far}')
        return [*found, f"{self.name}_sum {self.sum}", f"{self.name}_count {so_far}"]


class Counters:
    """All that the server counts. Belongs to one thread."""

    def __init__(self) -> None:
        # (path, status) -> how many
        self.requests = Counter()
        self.seconds = Histogram(
            "seqrec_request_seconds",
            "Seconds from a question to its answer, those that were answered.",
            (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
        )
        self.batches = Histogram(
            "seqrec_batch_histories",
            "Histories that were answered by one forward pass.",
            (1, 2, 4, 8, 16, 32, 64, 128, 256),
        )

    def text(self, *, model: dict[str, str], n_swaps: int, n_waiting: int) -> str:
        """All of it.

        model:     name and version of the model that answers
        n_swaps:   how often it was swapped
        n_waiting: histories that wait just now
        """
        lines = _head("seqrec_requests_total", "Requests by path and status.", "counter")
        for (path, status), count in sorted(self.requests.items()):
            lines.append(_line("seqrec_requests_total", {"path": path, "status": status}, count))
        lines += self.seconds.lines() + self.batches.lines()
        lines += _head("seqrec_model_info", "The model that answers.", "gauge")
        lines.append(_line("seqrec_model_info", model, 1))
        lines += _head("seqrec_swaps_total", "How often the model was swapped.", "counter")
        lines.append(_line("seqrec_swaps_total", {}, n_swaps))
        lines += _head("seqrec_waiting_histories", "Histories that wait.", "gauge")
        lines.append(_line("seqrec_waiting_histories", {}, n_waiting))
        return "\n".join(lines) + "\n"


def _head(name, help, kind):
    return [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]


def _line(name, labels, value):
    """One line; in a label's value a backslash, a quote and a line's end are written with one."""
    said = ",".join(f'{label}="{_escaped(str(text))}"' for label, text in labels.items())
    return f"{name}{{{said}}} {value}" if said else f"{name} {value}"


def _escaped(text):
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
