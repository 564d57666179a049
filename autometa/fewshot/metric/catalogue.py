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
    CatalogueEntry(
        name="siamese",
        paper="Koch, Zemel & Salakhutdinov 2015, Siamese Neural Networks for One-shot Image Recognition",
        family="metric",
        learner="autometa.fewshot.metric.siamese:SiameseNetwork",
        needs="nothing; any way and shot, vectors or images",
        reported={
            "omniglot 5-way 1-shot": 97.3,
            "omniglot 5-way 5-shot": 98.4,
            "omniglot 20-way 1-shot": 88.2,
            "omniglot 20-way 5-shot": 97.0,
        },
    ),
    CatalogueEntry(
        name="matching",
        paper="Vinyals et al. 2016, Matching Networks for One Shot Learning",
        family="metric",
        learner="autometa.fewshot.metric.matching:MatchingNetwork",
        needs="nothing; any way and shot, vectors or images",
        reported={
            "omniglot 5-way 1-shot": 98.1,
            "omniglot 5-way 5-shot": 98.9,
            "omniglot 20-way 1-shot": 93.8,
            "omniglot 20-way 5-shot": 98.5,
            "miniimagenet 5-way 1-shot": 43.40,
            "miniimagenet 5-way 5-shot": 51.09,
        },
    ),
    CatalogueEntry(
        name="matching_fce",
        paper="Vinyals et al. 2016, Matching Networks for One Shot Learning, full context embeddings",
        family="metric",
        learner="autometa.fewshot.metric.matching:MatchingNetworkFCE",
        needs="nothing; any way and shot, vectors or images",
        reported={"miniimagenet 5-way 1-shot": 43.56, "miniimagenet 5-way 5-shot": 55.31},
    ),
    CatalogueEntry(
        name="relation",
        paper="Sung et al. 2018, Learning to Compare: Relation Network for Few-Shot Learning",
        family="metric",
        learner="autometa.fewshot.metric.relation:RelationNetwork",
        needs="nothing; any way and shot, images of 16 pixels or more, or vectors",
        reported={
            "omniglot 5-way 1-shot": 99.6,
            "omniglot 5-way 5-shot": 99.8,
            "omniglot 20-way 1-shot": 97.6,
            "omniglot 20-way 5-shot": 99.1,
            "miniimagenet 5-way 1-shot": 50.44,
            "miniimagenet 5-way 5-shot": 65.32,
        },
    ),
)
