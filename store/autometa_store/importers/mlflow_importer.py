"""MlflowImporter: MLflow's experiments as an importer, each an item."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autometa.errors import UnknownNameError
from autometa_store.importers.base import CursorOf, Item
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.mlflow_runs import FINISHED, OPEN, MlflowRun
from autometa_store.importers.observed import ObservedTrial, ResultSource, imported_items
from autometa_store.importers.result_table import typed
from autometa_store.importers.score_names import Score, choose_scores

_SEEDS = ("seed", "random_state", "random_seed")


@dataclass(frozen=True, slots=True, eq=False)
class MlflowImporter:
    """An importer of runs.

    Attributes:
        label: of the place, without password.
        runs: of the place.
        dataset: what all of them are about.
        experiments: names; all that have runs if none is given.
        scores: which metrics; those whose names are known where none is given.
        learner: whose parameters were logged; the experiment's name stands for it where None.
    """

    label: str
    runs: Sequence[MlflowRun]
    dataset: DescribedDataset
    experiments: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    learner: str | None = None

    def items(self, cursor_of: CursorOf) -> Iterator[Item]:
        """One experiment after the other.

        Raises:
            UnknownNameError: no run is of an experiment, or has a metric, of a given name.
            InvalidDatasetError: no metric is called like a score, or it has a wrong direction.
        """
        there = list(dict.fromkeys(run.experiment for run in self.runs))
        for name in self.experiments:
            if name not in there:
                raise UnknownNameError.of("experiment", name, there)
        runs = [run for run in self.runs if not self.experiments or run.experiment in self.experiments]
        usable = [run for run in runs if run.params and run.status != OPEN]
        scores = self._scores(usable)
        place = ResultSource(
            kind="mlflow",
            label=self.label,
            metrics={score.metric: score.direction for score in scores},
            notes=tuple(_notes(runs, usable, scores)),
        )
        trials = [_trial(run, scores, self.learner) for run in usable]
        yield from imported_items(trials, place, lambda _: self.dataset, cursor_of)

    def _scores(self, runs: Sequence[MlflowRun]) -> tuple[Score, ...]:
        logged = sorted({name for run in runs for name in run.metrics})
        for score in self.scores:
            if score.column not in logged:
                raise UnknownNameError.of("metric", score.column, logged)
        return self.scores or choose_scores(logged)


def _trial(run: MlflowRun, scores: Sequence[Score], learner: str | None) -> ObservedTrial:
    params = {name: typed(text) for name, text in run.params.items()}
    seeds = [params[name] for name in _SEEDS if isinstance(params.get(name), int)]
    values = {score.metric: run.metrics.get(score.column) for score in scores}
    turned = {score.metric for score in scores if score.is_negated}
    return ObservedTrial(
        dataset=run.experiment,
        learner=(learner or run.experiment).replace("/", "_"),
        params=params,
        scores={name: -one if one is not None and name in turned else one for name, one in values.items()},
        seed=seeds[0] if seeds else None,
        is_finished=run.status == FINISHED,
    )


def _notes(runs: Sequence[MlflowRun], usable: Sequence[MlflowRun], scores: Sequence[Score]) -> list[str]:
    n_open = sum(run.status == OPEN for run in runs)
    n_empty = len(runs) - len(usable) - n_open
    found = ", ".join(f"{score.column} as {score.metric}, to {score.direction}" for score in scores)
    notes = [f"scores are {found}"]
    notes += [f"{n_open:,} runs are not finished and left for later"] if n_open else []
    return [*notes, f"{n_empty:,} runs without a parameter are left out"] if n_empty else notes
