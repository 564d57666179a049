"""The entries of the metric learners."""

from autometa.fewshot.entry import CatalogueEntry

METRIC_LEARNERS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        name="prototypical",
        paper="Snell, Swersky & Zemel 2017, Prototypical Networks for Few-shot Learning",
        family="metric",
        learner="autometa.fewshot.metric.prototypical:PrototypicalNetwork",
        needs="nothing; any way and shot, masks, vectors or images",
        reported={
            "omniglot 5-way 1-shot": 98.8,
            "omniglot 5-way 5-shot": 99.7,
            "omniglot 20-way 1-shot": 96.0,
            "omniglot 20-way 5-shot": 98.9,
            "miniimagenet 5-way 1-shot": 49.42,
            "miniimagenet 5-way 5-shot": 68.20,
        },
    ),
)
