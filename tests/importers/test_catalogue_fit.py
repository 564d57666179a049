"""Foreign trials in the catalogue's own spaces: names, defaults, ranges, and what does not fit."""

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial
from autometa.learners import learner
from autometa.search_space import Value
from autometa_store.importers.catalogue_fit import fit_to_learner
from autometa_store.importers.inferred_space import infer_space

CLASSIFICATION = TaskType.CLASSIFICATION


def _study(*configurations: dict[str, Value]) -> PriorStudy:
    inferred = infer_space("mine/classification", configurations)
    trials = tuple(PriorTrial(inferred.configuration(one), 0.5) for one in configurations)
    return PriorStudy("iris", inferred.search_space, "roc_auc", "maximize", trials, "test")


def test_parameters_that_were_not_tuned_have_the_librarys_default() -> None:
    fitted = fit_to_learner(
        _study({"rf__min_samples_leaf": 1}, {"rf__min_samples_leaf": 5}), "random_forest", CLASSIFICATION
    )
    (study,) = fitted.studies
    member = learner("random_forest")
    assert study.search_space == member.search_spaces[CLASSIFICATION]
    assert study.trials[0].params == member.defaults[CLASSIFICATION]
    assert study.trials[1].params == {**member.defaults[CLASSIFICATION], "min_samples_leaf": 5}
    for trial in study.trials:
        study.search_space.check(trial.params)
    assert fitted.notes[0] == "2 of 2 trials fit the catalogue's space random_forest/classification"


def test_constants_that_the_learner_knows_take_the_defaults_place() -> None:
    study = _study({"C": 1.0}, {"C": 2.0})
    constants: dict[str, Value] = {"class_weight": "balanced", "kernel": "rbf"}
    (fitted,) = fit_to_learner(study, "svm", CLASSIFICATION, constants=constants).studies
    assert fitted.trials[0].params == {"C": 1.0, "gamma": "scale", "class_weight": "balanced"}


def test_whole_numbers_are_real_where_the_catalogue_has_reals() -> None:
    (fitted,) = fit_to_learner(_study({"C": 1}, {"C": 10}), "svm", CLASSIFICATION).studies
    assert [type(trial.params["C"]) for trial in fitted.trials] == [float, float]


def test_values_outside_stay_in_a_space_of_their_own_under_the_name() -> None:
    inside, outside = fit_to_learner(_study({"C": 1.0}, {"C": 1e6}), "svm", CLASSIFICATION).studies
    assert [trial.params["C"] for trial in (*inside.trials, *outside.trials)] == [1.0, 1e6]
    assert outside.search_space.name == inside.search_space.name
    assert outside.search_space != inside.search_space


def test_parameter_that_the_learner_has_not_gives_the_study_a_name_of_its_own() -> None:
    fitted = fit_to_learner(_study({"C": 1.0, "degree": 2}, {"C": 2.0, "degree": 3}), "svm", CLASSIFICATION)
    (study,) = fitted.studies
    assert study.search_space.name == "svm:mine/classification"
    assert "svm has no parameter 'degree' (it has C, gamma, class_weight)" in fitted.notes[0]


def test_inactive_parameter_is_dropped() -> None:
    study = _study({"bootstrap": False, "max_samples": 0.5}, {"bootstrap": True, "max_samples": 0.75})
    (fitted,) = fit_to_learner(study, "extra_trees", CLASSIFICATION).studies
    assert ["max_samples" in trial.params for trial in fitted.trials] == [False, True]


def test_tuned_seed_does_not_matter() -> None:
    inferred = infer_space("mine/classification", [{"C": 1.0, "seed": 1}, {"C": 2.0, "seed": 2}], ignore=())
    trials = (PriorTrial({"C": 1.0, "seed": 1}, 0.5),)
    study = PriorStudy("iris", inferred.search_space, "roc_auc", "maximize", trials, "test")
    (fitted,) = fit_to_learner(study, "svm", CLASSIFICATION).studies
    assert "seed" not in fitted.trials[0].params


def test_name_that_is_no_learner_is_kept_and_said() -> None:
    fitted = fit_to_learner(_study({"C": 1.0}, {"C": 2.0}), "rigde", CLASSIFICATION)
    assert fitted.studies[0].search_space.name == "rigde/classification"
    assert fitted.notes == ("rigde is no learner of the catalogue; did you mean 'ridge'?",)
    assert fit_to_learner(_study({"C": 1.0}, {"C": 2.0}), "ours", CLASSIFICATION).notes == ()


def test_learner_of_another_task_is_said() -> None:
    fitted = fit_to_learner(_study({"alpha": 1.0}, {"alpha": 2.0}), "ridge", CLASSIFICATION)
    assert fitted.studies[0].search_space.name == "mine/classification"
    assert "ridge is no learner for classification" in fitted.notes[0]
