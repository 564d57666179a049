"""KnownTrials: how many of a plan's first configurations a store has."""

from dataclasses import replace

from autometa.dataset import TaskType
from autometa.evaluation import EvaluationPlan
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.learners import learner
from autometa_store.importers.known_trials import KnownTrials

RIDGE = learner("ridge")
SPACE = RIDGE.search_spaces[TaskType.REGRESSION]
PLAN = EvaluationPlan(n_configurations=4, learner_names=("ridge",))
CONFIGURATIONS = PLAN.configurations(RIDGE, TaskType.REGRESSION)


class Studies:
    """A source in memory."""

    def __init__(self, *studies: PriorStudy):
        self._studies = studies

    def studies(self, search_space: str) -> list[PriorStudy]:
        return [study for study in self._studies if study.search_space.name == search_space]


def _study(*indices: int, n_fit_rows: int | None = 40) -> PriorStudy:
    trials = tuple(PriorTrial(CONFIGURATIONS[index], 0.5) for index in indices)
    return PriorStudy("toy", SPACE, "r2", "maximize", trials, n_fit_rows=n_fit_rows)


def _n_known(*studies: PriorStudy) -> int:
    return KnownTrials.of(Studies(*studies), PLAN)("toy", SPACE, 40)


def test_nothing_is_known_of_an_empty_store() -> None:
    assert _n_known() == 0


def test_leading_configurations_are_counted_up_to_the_first_unknown() -> None:
    assert _n_known(_study(0, 1, 3)) == 2


def test_all_configurations_can_be_known() -> None:
    assert _n_known(_study(3, 1, 2, 0)) == len(CONFIGURATIONS)


def test_studies_of_several_software_versions_count_together() -> None:
    newer = replace(_study(1), versions={"scikit-learn": "9.9"})
    assert _n_known(_study(0), newer) == 2


def test_failed_trial_is_known() -> None:
    failed = PriorTrial(CONFIGURATIONS[0], None, TrialStatus.TIMEOUT)
    assert _n_known(replace(_study(), trials=(failed,))) == 1


def test_other_fit_rows_are_another_measurement() -> None:
    assert _n_known(_study(0, n_fit_rows=80), _study(0, n_fit_rows=None)) == 0


def test_other_version_of_the_search_space_is_not_known() -> None:
    assert _n_known(replace(_study(0), search_space=replace(SPACE, version=99))) == 0
