"""Work that can be ended from outside."""

import threading
import time

import pytest

from autometa.tuning.interruption import run_until_ended


class EndedError(Exception):
    pass


class Work:
    """Runs until it is cut off."""

    def __init__(self) -> None:
        self.is_over = threading.Event()

    def __call__(self) -> None:
        self.is_over.wait(10)
        raise EndedError


def test_work_that_ends_by_itself_is_not_cut_off() -> None:
    done: list[int] = []
    was_interrupted = run_until_ended(
        lambda: done.append(1),
        cut_off=pytest.fail,
        cut_off_raises=EndedError,
        timeout=9,
        may_end=lambda: True,
    )
    assert (done, was_interrupted) == ([1], False)


def test_the_timeout_cuts_off_as_soon_as_it_may() -> None:
    work, start = Work(), time.monotonic()
    assert not run_until_ended(
        work,
        cut_off=work.is_over.set,
        cut_off_raises=EndedError,
        timeout=0.0,
        may_end=lambda: time.monotonic() > start + 0.3,
    )
    assert 0.3 < time.monotonic() - start < 5


def test_an_error_of_the_work_is_raised_here() -> None:
    def fail() -> None:
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        run_until_ended(
            fail, cut_off=pytest.fail, cut_off_raises=EndedError, timeout=None, may_end=lambda: True
        )


def test_ctrl_c_cuts_off_and_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    work, joined = Work(), threading.Thread.join

    def press_once(self: threading.Thread, timeout: float | None = None) -> None:
        if not work.is_over.is_set():
            raise KeyboardInterrupt
        joined(self, timeout)

    monkeypatch.setattr(threading.Thread, "join", press_once)
    assert run_until_ended(
        work, cut_off=work.is_over.set, cut_off_raises=EndedError, timeout=None, may_end=lambda: True
    )
