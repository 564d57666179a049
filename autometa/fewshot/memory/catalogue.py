"""The entries of the learners with a memory."""

from autometa.fewshot.entry import CatalogueEntry

_HERE = "autometa.fewshot.memory"

MEMORY_LEARNERS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "mann",
        "Santoro et al. 2016, Meta-Learning with Memory-Augmented Neural Networks",
        "memory",
        f"{_HERE}.mann:MANN",
        "fixed way",
        {"omniglot 5-way 1-shot": 82.8, "omniglot 5-way 5-shot": 94.9},
    ),
    CatalogueEntry(
        "meta_networks",
        "Munkhdalai & Yu 2017, Meta Networks",
        "memory",
        f"{_HERE}.meta_networks:MetaNetwork",
        "fixed way",
        {"omniglot 5-way 1-shot": 98.95, "omniglot 20-way 1-shot": 97.0, "miniimagenet 5-way 1-shot": 49.21},
    ),
    CatalogueEntry(
        "snail",
        "Mishra, Rohaninejad, Chen & Abbeel 2018, A Simple Neural Attentive Meta-Learner",
        "memory",
        f"{_HERE}.snail:SNAIL",
        "fixed way and shot",
        {
            "omniglot 5-way 1-shot": 99.07,
            "omniglot 5-way 5-shot": 99.78,
            "omniglot 20-way 1-shot": 97.64,
            "omniglot 20-way 5-shot": 99.36,
            "miniimagenet 5-way 1-shot": 55.71,
            "miniimagenet 5-way 5-shot": 68.88,
        },
    ),
    CatalogueEntry(
        "in_context",
        "a transformer over the support set; Müller et al. 2022, Transformers Can Do Bayesian Inference",
        "memory",
        f"{_HERE}.in_context:InContextLearner",
        "fixed way, any shot",
    ),
)
