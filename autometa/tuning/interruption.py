"""run_until_ended: work in a thread that Ctrl-C and a deadline can end."""

import threading
import time
from collections.abc import Callable

POLL_SECONDS = 0.1
GRACE_SECONDS = 10.0  # for work that was cut off to notice


def run_until_ended(
    work: Callable[[], None],
    *,
    cut_off: Callable[[], None],
    cut_off_raises: type[Exception],
    timeout: float | None,
    may_end: Callable[[], bool],
) -> bool:
    """Run work in a thread while this one listens; True if Ctrl-C ended it.

    Args:
        work: raises what it likes; that is raised here.
        cut_off: makes the work end soon; called from this thread at any time.
        cut_off_raises: what the work then raises, and what is not raised here.
        timeout: seconds after which the work is cut off.
        may_end: False as long as the timeout must be ignored, because nothing is there to show yet.

    Raises:
        KeyboardInterrupt: a second Ctrl-C, before the work has ended.
    """
    failures: list[BaseException] = []

    def catch_all() -> None:
        try:
            work()
        except cut_off_raises:
            return
        except BaseException as error:  # it belongs to the thread that waits
            failures.append(error)

    thread = threading.Thread(target=catch_all, daemon=True)
    deadline = float("inf") if timeout is None else time.monotonic() + timeout
    was_interrupted = False
    thread.start()
    try:
        while thread.is_alive():
            thread.join(POLL_SECONDS)
            if time.monotonic() > deadline and may_end():
                cut_off()
                thread.join(GRACE_SECONDS)
                break
    except KeyboardInterrupt:
        was_interrupted = True
        cut_off()
        thread.join(GRACE_SECONDS)
    if failures:
        raise failures[0]
    return was_interrupted
