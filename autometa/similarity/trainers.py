"""The similarity models by name, and how each is trained; torch is imported only where it is asked for."""

from collections.abc import Sequence

from autometa.errors import UnknownNameError
from autometa.similarity.calibration import Fit
from autometa.similarity.diagonal import train_diagonal
from autometa.similarity.examples import Examples
from autometa.similarity.forest_training import train_forest
from autometa.similarity.no_similarity import NoSimilarity
from autometa.similarity.scaled_l1 import ScaledL1

MODELS = ("none", "scaled_l1", "diagonal", "siamese", "forest")


def trainers(names: Sequence[str]) -> dict[str, Fit]:
    """What trains the models of these names.

    Raises:
        UnknownNameError: a model does not exist, or needs torch and torch is not installed.
    """
    return {name: trainer(name) for name in names}


def trainer(name: str) -> Fit:
    """What trains the model of this name.

    Raises:
        UnknownNameError: it does not exist, or needs torch and torch is not installed.
    """
    if name == "siamese":
        return _siamese_trainer()
    plain: dict[str, Fit] = {
        "none": _no_similarity,
        "scaled_l1": _scaled_l1,
        "diagonal": train_diagonal,
        "forest": train_forest,
    }
    if name not in plain:
        raise UnknownNameError.of("similarity model", name, list(MODELS))
    return plain[name]


def _siamese_trainer() -> Fit:
    try:
        from autometa.similarity.siamese_training import train_siamese
    except ModuleNotFoundError as error:
        raise UnknownNameError(
            "training the siamese model needs torch, which is not installed; "
            'pip install "autometa[torch]", or leave it out with --model forest'
        ) from error
    return train_siamese


def _no_similarity(_: Examples) -> NoSimilarity:
    return NoSimilarity()


def _scaled_l1(examples: Examples) -> ScaledL1:
    return ScaledL1(examples.features)
