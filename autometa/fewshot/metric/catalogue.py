"""The entries of the metric learners."""

from autometa.fewshot.entry import CatalogueEntry

METRIC_LEARNERS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        name="prototypical",
        paper="Snell, Swersky & Zemel 2017, Prototypical Networks for Few-shot Learning",
        family="metric",
        learner="autometa.fewshot.metric.prototypical:PrototypicalNetwork",
        needs="nothing; any way and shot, masks, vectors or images",
    ),
)
