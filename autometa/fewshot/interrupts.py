"""Ctrl-C between steps, so that no step is half done when the checkpoint is written."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Within, the first Ctrl-C is only remembered; the second one interrupts at once, as ever.

    Yields:
        A function that says whether Ctrl-C came.
    """
    came = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal came
        if came:
            signal.default_int_handler(number, frame)
        came = True

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False  # only the main thread may change handlers, and only it is interrupted
        return
    before = signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: came
    finally:
        signal.signal(signal.SIGINT, before)
