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
    ),
    CatalogueEntry(
        "fomaml",
        "Finn, Abbeel & Levine 2017, Model-Agnostic Meta-Learning, first-order (section 5.2)",
        "gradient",
        f"{_HERE}.maml:FirstOrderMAML",
        "fixed way; also regression",
    ),
    CatalogueEntry(
        "meta_sgd",
        "Li, Zhou, Chen & Li 2017, Meta-SGD: Learning to Learn Quickly for Few-Shot Learning",
        "gradient",
        f"{_HERE}.meta_sgd:MetaSGD",
        "fixed way; also regression",
    ),
    CatalogueEntry(
        "maml_plus_plus",
        "Antoniou, Edwards & Storkey 2019, How to train your MAML",
        "gradient",
        f"{_HERE}.maml_plus_plus:MAMLPlusPlus",
        "fixed way; also regression",
    ),
    CatalogueEntry(
        "anil",
        "Raghu, Raghu, Bengio & Vinyals 2020, Rapid Learning or Feature Reuse?",
        "gradient",
        f"{_HERE}.anil:ANIL",
        "fixed way; also regression",
    ),
    CatalogueEntry(
        "imaml",
        "Rajeswaran, Finn, Kakade & Levine 2019, Meta-Learning with Implicit Gradients",
        "gradient",
        f"{_HERE}.imaml:IMAML",
        "fixed way; also regression",
    ),
    CatalogueEntry(
        "reptile",
        "Nichol, Achiam & Schulman 2018, On First-Order Meta-Learning Algorithms",
        "gradient",
        f"{_HERE}.reptile:Reptile",
        "fixed way, more shots in training (10) than in tests; also regression",
    ),
    CatalogueEntry(
        "meta_lstm",
        "Ravi & Larochelle 2017, Optimization as a Model for Few-Shot Learning",
        "gradient",
        f"{_HERE}.meta_lstm:MetaLSTM",
        "fixed way; also regression",
    ),
)
