"""The referees of the benchmark of learned optimizers compute the same meta-gradient as we do."""

from benchmarks.optimizer_unrolls import disagreement


def test_the_usual_port_and_the_careful_loop_have_our_meta_gradient() -> None:
    found = disagreement(n_steps=3)
    assert set(found) == {"port", "per_tensor"}
    assert max(found.values()) < 1e-5
