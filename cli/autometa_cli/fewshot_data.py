"""The data of `autometa fewshot`: samplers of episodes from what the user named."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autometa.fewshot import EpisodeSource
    from autometa.fewshot.data.assay_parts import AssayParts
    from autometa.fewshot.data.parts import DataParts, Part
    from autometa.fewshot.task_distribution import TaskDistribution

SINUSOID = "sinusoid"
TABLES = {".csv", ".tsv", ".parquet", ".arff", ".gz"}
ANONYMOUS = {"images", "vectors"}  # data that do not say what they are; their file's name does
SCORES = {"fsmol": "delta_auprc", "tox21": "roc_auc"}  # of `autometa.fewshot.scores`; else accuracy


class FewShotData:
    """The classes of a path, or the family of sinusoids, on a device.

    Args:
        data: path, or "sinusoid".
        target: column with the classes, for tables.
        split: of the data.
        seed: of random splits and of the episodes.
        device: where the data shall live.

    Attributes:
        name: of the data set.
        score: name of the score that is usual for it.
    """

    def __init__(self, data: str, *, target: str | None, split: str | None, seed: int, device: Any):
        from autometa.fewshot.task_distribution import SinusoidParts

        self._seed, self._device, self._stem = seed, device, Path(data).stem
        self._parts = (
            SinusoidParts()
            if data == SINUSOID
            else _open(Path(data), target=target, split=split, seed=seed).to(device)
        )
        self.name = self._parts.name
        self.score = SCORES.get(self.name, "episode_accuracy")

    def tasks(self, *, way: int, shot: int, query: int) -> "TaskDistribution":
        """Episodes of all parts; the way says nothing for sinusoids and assays."""
        from autometa.fewshot.task_distribution import TaskDistribution

        return TaskDistribution(
            self._parts,
            way=way,
            shot=shot,
            query=query,
            seed=self._seed,
            device=self._device,
            data_name=self._stem if self.name in ANONYMOUS else None,
        )

    def sampler(self, part: "Part", *, way: int, shot: int, query: int) -> "EpisodeSource":
        """Episodes of one part; the way says nothing for sinusoids and assays."""
        return self.tasks(way=way, shot=shot, query=query).sampler(part)


def _open(path: Path, *, target: str | None, split: str | None, seed: int) -> "DataParts | AssayParts":
    from autometa.fewshot.data.recognise import array_parts, open_data

    if target is None and (path.suffix.lower() not in TABLES or path.name.lower().startswith("tox21")):
        return open_data(path, split=split, seed=seed)
    return array_parts(_table(path, target), seed=seed)


def _table(path: Path, target: str | None) -> Any:
    from autometa import TaskType
    from autometa.fewshot.data.tables import table_classes
    from autometa.readers import read_table

    dataset = read_table(path, target=target, task_type=TaskType.CLASSIFICATION).dataset
    return table_classes(dataset.numeric, dataset.categorical, dataset.target.astype(str))
