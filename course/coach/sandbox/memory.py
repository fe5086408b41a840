"""How much memory a call takes, NumPy's arrays included; PyTorch's tensors are not seen here."""

import tracemalloc
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def with_peak(call: Callable[[], T]) -> tuple[T, int]:
    """What `call()` returns, and the bytes that it held at its peak above those before it.

    While memory is traced all of Python is two or three times as slow, so the tracing ends with the
    call, whatever the call raises. One that was on before goes on.
    """
    was_tracing = tracemalloc.is_tracing()
    tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        value = call()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not was_tracing:
            tracemalloc.stop()
    return value, peak - before
