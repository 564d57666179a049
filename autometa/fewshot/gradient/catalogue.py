"""The entries of the gradient learners."""

from autometa.fewshot.entry import CatalogueEntry

_HERE = "autometa.fewshot.gradient"

GRADIENT_LEARNERS: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        "maml",
        "Finn, Abbeel & Levine 2017, Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks",
        "gradient",
        f"{_HERE}.maml:MAML",
        "fixed way; also regression",
        {
            "omniglot 5-way 1-shot": 98.7,
            "omniglot 5-way 5-shot": 99.9,
            "omniglot 20-way 1-shot": 95.8,
            "omniglot 20-way 5-shot": 98.9,
            "miniimagenet 5-way 1-shot": 48.7,
            "miniimagenet 5-way 5-shot": 63.11,
        },
    ),
    CatalogueEntry(
        "fomaml",
        "Finn, Abbeel & Levine 2017, Model-Agnostic Meta-Learning, first-order (section 5.2)",
        "gradient",
        f"{_HERE}.maml:FirstOrderMAML",
        "fixed way; also regression",
        {
            "omniglot 5-way 1-shot": 98.3,
            "omniglot 5-way 5-shot": 99.2,
            "omniglot 20-way 1-shot": 89.4,
            "omniglot 20-way 5-shot": 97.9,
            "miniimagenet 5-way 1-shot": 48.07,
            "miniimagenet 5-way 5-shot": 63.15,
        },
    ),
    CatalogueEntry(
        "meta_sgd",
        "Li, Zhou, Chen & Li 2017, Meta-SGD: Learning to Learn Quickly for Few-Shot Learning",
        "gradient",
        f"{_HERE}.meta_sgd:MetaSGD",
        "fixed way; also regression",
        {
            "omniglot 5-way 1-shot": 99.53,
            "omniglot 5-way 5-shot": 99.93,
            "omniglot 20-way 1-shot": 95.93,
            "omniglot 20-way 5-shot": 98.97,
            "miniimagenet 5-way 1-shot": 50.47,
            "miniimagenet 5-way 5-shot": 64.03,
        },
    ),
    CatalogueEntry(
        "maml_plus_plus",
        "Antoniou, Edwards & Storkey 2019, How to train your MAML",
        "gradient",
        f"{_HERE}.maml_plus_plus:MAMLPlusPlus",
        "fixed way; also regression",
        {
            "omniglot 5-way 1-shot": 99.47,
            "omniglot 5-way 5-shot": 99.85,
            "omniglot 20-way 1-shot": 97.65,
            "omniglot 20-way 5-shot": 99.33,
            "miniimagenet 5-way 1-shot": 52.4,
            "miniimagenet 5-way 5-shot": 67.15,
        },
    ),
    CatalogueEntry(
        "anil",
        "Raghu, Raghu, Bengio & Vinyals 2020, Rapid Learning or Feature Reuse?",
        "gradient",
        f"{_HERE}.anil:ANIL",
        "fixed way; also regression",
        {
            "omniglot 20-way 1-shot": 96.2,
            "omniglot 20-way 5-shot": 98.0,
            "miniimagenet 5-way 1-shot": 46.7,
            "miniimagenet 5-way 5-shot": 61.5,
        },
    ),
    CatalogueEntry(
        "imaml",
        "Rajeswaran, Finn, Kakade & Levine 2019, Meta-Learning with Implicit Gradients",
        "gradient",
        f"{_HERE}.imaml:IMAML",
        "fixed way; also regression",
        {
            "omniglot 5-way 1-shot": 99.5,
            "omniglot 5-way 5-shot": 99.74,
            "omniglot 20-way 1-shot": 96.18,
            "omniglot 20-way 5-shot": 99.14,
            "miniimagenet 5-way 1-shot": 49.3,
        },
    ),
    CatalogueEntry(
        "reptile",
        "Nichol, Achiam & Schulman 2018, On First-Order Meta-Learning Algorithms",
        "gradient",
        f"{_HERE}.reptile:Reptile",
        "fixed way, more shots in training (10) than in tests; also regression",
        {
            "omniglot 5-way 1-shot": 95.39,
            "omniglot 5-way 5-shot": 98.9,
            "omniglot 20-way 1-shot": 88.14,
            "omniglot 20-way 5-shot": 96.65,
            "miniimagenet 5-way 1-shot": 47.07,
            "miniimagenet 5-way 5-shot": 62.74,
        },
    ),
    CatalogueEntry(
        "meta_lstm",
        "Ravi & Larochelle 2017, Optimization as a Model for Few-Shot Learning",
        "gradient",
        f"{_HERE}.meta_lstm:MetaLSTM",
        "fixed way; also regression",
        {"miniimagenet 5-way 1-shot": 43.44, "miniimagenet 5-way 5-shot": 60.6},
    ),
)
