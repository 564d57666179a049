"""Meta-features of a task distribution: sizes, what its examples are like, and how easy its episodes are.

All are measured on training episodes of the distribution's own ways and shots, never on test classes; the
landmarks learn nothing but class means. Images, tables and molecules have the same numbers, so that what was
learned on one kind of data can be compared with another; what does not apply is NaN.

Shapes: B episodes, W ways, M queries an episode, n examples, d features.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from autometa.fewshot.backbones import BackboneSettings, build_backbone
from autometa.fewshot.embedding import embed
from autometa.fewshot.episodes import Episodes
from autometa.fewshot.learner import episode_accuracy
from autometa.fewshot.metric.prototypical import prototypes, square_distances
from autometa.fewshot.task_distribution import TaskDistribution

PACK, VERSION = "fewshot", 1
N_EPISODES, AT_ONCE = 40, 4
N_FILTERS, MAX_BLOCKS = 16, 4  # of the untrained embeddings


class TaskFeature(NamedTuple):
    """What one number of a task distribution is: name, group, and definition with unit and range."""

    name: str
    group: str
    definition: str


FEATURES = (
    TaskFeature("log_ways", "sizes", "Natural logarithm of the classes an episode; 0 for regression."),
    TaskFeature("log_shots", "sizes", "Natural logarithm of the examples a class."),
    TaskFeature("log_train_classes", "sizes", "Natural logarithm of the training classes; NaN if fixed."),
    TaskFeature("log_dimensions", "sizes", "Natural logarithm of the numbers of one example."),
    TaskFeature("is_image", "kind", "1 for images, 0 for vectors."),
    TaskFeature("is_regression", "kind", "1 for regression, 0 for classes."),
    TaskFeature("mean", "values", "Mean of all numbers of all examples."),
    TaskFeature("deviation", "values", "Standard deviation of the same."),
    TaskFeature("share_zero", "values", "Share of them that are exactly 0, from 0 to 1."),
    TaskFeature("brightness_spread", "values", "Standard deviation of the examples' own means."),
    TaskFeature(
        "roughness",
        "values",
        "Mean absolute difference of neighbouring pixels over the deviation; NaN for vectors.",
    ),
    TaskFeature(
        "within_share",
        "separation",
        "Share of the variance in an episode that lies within its classes, from 0 to 1.",
    ),
    TaskFeature(
        "raw_centroid", "landmarks", "Accuracy over chance (0 chance, 1 perfect) of the nearest class mean."
    ),
    TaskFeature(
        "raw_cosine", "landmarks", "The same by cosine similarity, each example less the episode's mean."
    ),
    TaskFeature(
        "shallow_embedding",
        "landmarks",
        "The same of the nearest mean behind one untrained block of 16 filters, or one layer of 16 units.",
    ),
    TaskFeature(
        "deep_embedding", "landmarks", "The same behind as many untrained blocks as fit, at most four."
    ),
    TaskFeature(
        "gain_of_depth", "contrasts", "`deep_embedding` less `shallow_embedding`, from about -1 to 1."
    ),
    TaskFeature("gain_of_embedding", "contrasts", "`shallow_embedding` less `raw_centroid`."),
)


def compute(tasks: TaskDistribution) -> dict[str, float]:
    """A number for every feature, always the same for the same distribution; NaN where one does not apply.

    Args:
        tasks: to measure.
    """
    sampler = tasks.sampler("train", way=tasks.way)
    shape = sampler.shape
    n_classes = tasks.n_train_classes
    numbers = {
        "log_ways": math.log(shape.n_way),
        "log_shots": math.log(shape.n_shot),
        "log_train_classes": math.log(n_classes) if n_classes else math.nan,
        "log_dimensions": math.log(math.prod(shape.feature_shape)),
        "is_image": float(len(shape.feature_shape) == 3),
        "is_regression": float(shape.n_targets > 0),
    }
    batches = [sampler.sample(AT_ONCE) for _ in range(N_EPISODES // AT_ONCE)]
    numbers |= _values(torch.cat([_examples(batch) for batch in batches]), shape.feature_shape)
    if not shape.n_targets:
        numbers |= _landmarks(batches, shape.feature_shape, tasks.device)
    return {feature.name: numbers.get(feature.name, math.nan) for feature in FEATURES}


def _examples(batch: Episodes) -> Tensor:
    """(n, *feature_shape) all that are no padding."""
    support, query = batch.support_inputs.flatten(0, 1), batch.query_inputs.flatten(0, 1)
    if not isinstance(batch, Episodes) or batch.support_mask is None or batch.query_mask is None:
        return torch.cat([support, query])
    return torch.cat([support[batch.support_mask.flatten()], query[batch.query_mask.flatten()]])


def _values(examples: Tensor, feature_shape: tuple[int, ...]) -> dict[str, float]:
    numbers = examples.double()
    deviation = float(numbers.std())
    found = {
        "mean": float(numbers.mean()),
        "deviation": deviation,
        "share_zero": float((examples == 0).double().mean()),
        "brightness_spread": float(numbers.flatten(1).mean(dim=1).std()),
    }
    if len(feature_shape) == 3 and deviation > 0 and min(feature_shape[1:]) > 1:
        steps = numbers.diff(dim=2).abs().mean() + numbers.diff(dim=3).abs().mean()
        found["roughness"] = float(steps / 2) / deviation
    return found


def _landmarks(
    batches: Sequence[Episodes], feature_shape: tuple[int, ...], device: str | torch.device
) -> dict[str, float]:
    shallow = _untrained(feature_shape, 1).to(device)
    deep = _untrained(feature_shape, _n_blocks(feature_shape)).to(device)
    with torch.no_grad():
        found = {
            "within_share": _mean(_within_share, batches),
            "raw_centroid": _mean(_raw_centroid, batches),
            "raw_cosine": _mean(_raw_cosine, batches),
            "shallow_embedding": _mean(lambda batch: _nearest(*embed(shallow, batch), batch), batches),
            "deep_embedding": _mean(lambda batch: _nearest(*embed(deep, batch), batch), batches),
        }
    found["gain_of_depth"] = found["deep_embedding"] - found["shallow_embedding"]
    found["gain_of_embedding"] = found["shallow_embedding"] - found["raw_centroid"]
    return found


def _mean(measure: Callable[[Episodes], Tensor], batches: Sequence[Episodes]) -> float:
    return float(torch.cat([measure(batch) for batch in batches]).double().mean())


def _untrained(feature_shape: tuple[int, ...], n_blocks: int) -> torch.nn.Module:
    """Random weights, always the same; torch's global generator is left as it was."""
    settings = BackboneSettings(n_filters=N_FILTERS, n_layers=n_blocks, statistics="episode")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build_backbone(feature_shape, settings)


def _n_blocks(feature_shape: tuple[int, ...]) -> int:
    """Each block of an image's embedding halves it."""
    if len(feature_shape) != 3:
        return MAX_BLOCKS
    return max(1, min(MAX_BLOCKS, int(math.log2(min(feature_shape[1:])))))


def _raw(batch: Episodes) -> tuple[Tensor, Tensor]:
    """(B, W, S, d) and (B, M, d) the numbers as they are."""
    return batch.support.flatten(3), batch.query_inputs.flatten(2)


def _raw_centroid(batch: Episodes) -> Tensor:
    return _nearest(*_raw(batch), batch)


def _raw_cosine(batch: Episodes) -> Tensor:
    support, query = _raw(batch)
    centre = support.mean(dim=(1, 2), keepdim=True)
    means = torch.nn.functional.normalize(prototypes(support - centre, batch.support_mask), dim=2)
    return _over_chance(torch.nn.functional.normalize(query - centre[:, 0], dim=2) @ means.mT, batch)


def _nearest(support: Tensor, query: Tensor, batch: Episodes) -> Tensor:
    """(B,) how often the nearest class mean is the query's own, chance being 0."""
    return _over_chance(-square_distances(query, prototypes(support, batch.support_mask)), batch)


def _over_chance(logits: Tensor, batch: Episodes) -> Tensor:
    chance = 1.0 / batch.n_way
    return (episode_accuracy(logits, batch) - chance) / (1.0 - chance)


def _within_share(batch: Episodes) -> Tensor:
    """(B,) mean square distance of queries to their own class's mean query, over that to the mean of all."""
    query = batch.query.flatten(3)  # (B, W, Q, d)
    mask = torch.ones(query.shape[:3], dtype=torch.bool, device=query.device)
    real = (mask if batch.query_mask is None else batch.query_mask)[..., None]
    counts = real.sum(dim=2).clamp(min=1)
    centres = (query * real).sum(dim=2) / counts  # (B, W, d)
    centre = (query * real).sum(dim=(1, 2)) / real.sum(dim=(1, 2)).clamp(min=1)
    within = ((query - centres[:, :, None]).square() * real).sum(dim=(1, 2, 3))
    total = ((query - centre[:, None, None]).square() * real).sum(dim=(1, 2, 3))
    return within / total.clamp(min=torch.finfo(total.dtype).tiny)
