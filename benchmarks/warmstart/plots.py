"""Regret curves with bands, one panel a group."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from autometa.dataset import FloatArray
from benchmarks.warmstart.analysis import N_BOOTSTRAP, SEED, Curves

SHOWN = (
    "random, expected",
    "TPE",
    "GP",
    "portfolio",
    "portfolio, TPE",
    "RGPE",
    "FSBO (published)",
    "FSBO2 (published)",
    "ours",
    "oracle portfolio",
)
LEAST = 1e-3  # of the logarithmic axis


def draw(groups: Mapping[str, Mapping[str, Curves]], file: Path) -> None:
    """Mean regret by trial with 95 % bands over data sets, written as an image.

    Args:
        groups: curves by group and method; methods that were run on some data sets only are left out.
        file: its suffix says the format.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        2, -(-len(groups) // 2), figsize=(4.2 * -(-len(groups) // 2), 7), squeeze=False
    )
    for unused in axes.flat[len(groups) :]:
        unused.set_axis_off()
    for panel, (name, methods) in zip(axes.flat, groups.items(), strict=False):
        n_datasets = max(len(one.datasets) for one in methods.values())
        for colour, method in enumerate(SHOWN):
            if method in methods and len(methods[method].datasets) == n_datasets:
                mean, low, high = bands(methods[method])
                trials = np.arange(len(mean))
                width, line = (2.2, "black") if method == "ours" else (1.0, f"C{colour}")
                panel.plot(trials[1:], mean[1:], color=line, label=method, linewidth=width)
                panel.fill_between(trials[1:], low[1:], high[1:], color=line, alpha=0.12, linewidth=0)
        panel.set(title=f"{name} ({n_datasets})", xscale="log", yscale="log", xlabel="trials")
        panel.set_ylim(bottom=LEAST)
        panel.legend(fontsize=6)
    axes[0, 0].set_ylabel("mean normalised regret")
    axes[1, 0].set_ylabel("mean normalised regret")
    figure.tight_layout()
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def bands(curves: Curves) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(T + 1,) mean over data sets, and the ends of its 95 % interval; families drawn with replacement."""
    names, codes = np.unique(np.array(curves.families), return_inverse=True)
    sums = np.zeros((len(names), curves.regrets.shape[1]))
    np.add.at(sums, codes, curves.regrets)
    counts = np.bincount(codes)
    rng = np.random.default_rng(SEED)
    weights = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=N_BOOTSTRAP // 10)
    means = (weights @ sums) / (weights @ counts)[:, None]
    low, high = np.quantile(means, [0.025, 0.975], axis=0)
    return curves.regrets.mean(axis=0), low, high
