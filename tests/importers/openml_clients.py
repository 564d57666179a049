"""Transports for tests: the waits are written down instead of waited."""

from dataclasses import dataclass, field

import numpy as np

from autometa_store.importers.openml_connection import Limits
from autometa_store.importers.openml_transport import OpenMLTransport, Retries

NOW = 1_000_000_000.0
QUICK = Limits(connect_seconds=1.0, read_seconds=0.25, answer_seconds=0.5, answer_bytes=1 << 28)


@dataclass
class FakeClock:
    """Time that passes only by waiting."""

    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def now(self) -> float:
        return NOW + sum(self.waits)


def patient(url: str, clock: FakeClock, *, limits: Limits | None = None, n_tries: int = 6) -> OpenMLTransport:
    """A transport that never really waits."""
    return OpenMLTransport(
        url,
        limits=limits or Limits(),
        retries=Retries(n_tries=n_tries),
        rng=np.random.default_rng(0),
        sleep=clock.sleep,
        now=clock.now,
    )
