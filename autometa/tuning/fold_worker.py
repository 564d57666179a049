"""The fitting process of a search: says the score of one fold for each line that it is sent.

It is sent a job (its length in bytes, a line feed, the bytes), then JSON lines: {"learner", "params"} asks
for the first fold of an attempt, null for the next one. It answers each with a JSON line: {"scores",
"seconds"}, or {"status", "error"} where the fit failed. It ends with its input. Limits are those of
`autometa.evaluation.worker`.
"""

import json
import math
import signal
import sys
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from autometa.evaluation.job import Attempt, Job
from autometa.evaluation.worker import Evaluator, limit_memory, status_of_error, take_stdout
from autometa.history import TrialStatus

FoldResults = Iterator[tuple[dict[str, float], float]]


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    warnings.simplefilter("ignore")  # no convergence and the like are part of what is measured
    say = take_stdout()
    size = int(sys.stdin.buffer.readline())
    job = Job.read(BytesIO(sys.stdin.buffer.read(size)))
    limit_memory(job.plan.memory_bytes)
    evaluator = Evaluator(job)
    results: FoldResults = iter(())
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        if asked is not None:
            results = evaluator.fold_results(Attempt(asked["learner"], asked["params"]))
        say(next_answer(results))


def next_answer(results: FoldResults) -> dict[str, Any]:
    """What is said of the next fold.

    Args:
        results: of one attempt, fold by fold.
    """
    try:
        scores, seconds = next(results)
    except Exception as error:  # libraries raise what they like; the next attempt may do better
        return {"status": status_of_error(error), "error": str(error)[:200]}
    if not all(math.isfinite(value) for value in scores.values()):
        return {"status": TrialStatus.FAILED, "error": "a score is not finite"}
    return {"scores": scores, "seconds": seconds}


if __name__ == "__main__":
    main()
