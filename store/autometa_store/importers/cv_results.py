"""scikit-learn's searches as prior studies: what GridSearchCV and its kind keep in `cv_results_`."""

import hashlib
from collections.abc import Mapping
from typing import Any

from autometa.dataset import Dataset
from autometa.history import PriorStudy
from autometa_store.importers.base import ImportedStudies, nothing_stored
from autometa_store.importers.described import DescribedDataset, describe_dataset
from autometa_store.importers.result_columns import Columns, understand_columns
from autometa_store.importers.result_table import TableImporter
from autometa_store.importers.score_names import Score, recognise


def studies_from_cv_results(
    search: Any, dataset: Dataset | DescribedDataset, *, learner: str | None = None
) -> tuple[PriorStudy, ...]:
    """The studies that a fitted search stands for; `cv_results_importer` gives them with all else.

    Args:
        search: fitted, with `cv_results_`.
        dataset: what it was fitted on.
        learner: as in `cv_results_importer`.
    """
    items = cv_results_importer(search, dataset, learner=learner).items(nothing_stored)
    return tuple(study for item in items if isinstance(item, ImportedStudies) for study in item.studies)


def cv_results_importer(
    search: Any, dataset: Dataset | DescribedDataset, *, learner: str | None = None
) -> TableImporter:
    """An importer of a fitted search: GridSearchCV, RandomizedSearchCV, the halving ones, and their kind.

    Args:
        search: fitted, with `cv_results_`, `estimator` and `scoring`.
        dataset: what it was fitted on; a `Dataset` is profiled.
        learner: whose parameters were tuned, e.g. one of the catalogue; the name of the estimator's class,
            in a pipeline the last one's, where None. Whether an estimator of that class is set up as the
            catalogue's learner is for the caller to know.

    Raises:
        InvalidDatasetError: the search has no scores.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.model_selection import GridSearchCV
        >>> from sklearn.svm import SVC
        >>> from autometa.readers import table_from_frame
        >>> iris = load_iris(as_frame=True).frame
        >>> grid = GridSearchCV(SVC(), {"C": [0.1, 1.0, 10.0]}, scoring="balanced_accuracy")
        >>> _ = grid.fit(iris.drop(columns="target"), iris["target"])
        >>> (study,) = studies_from_cv_results(grid, table_from_frame(iris).dataset, learner="svm")
        >>> study.search_space.name, study.metric, dict(study.trials[0].params)
        ('svm/classification', 'balanced_accuracy', {'C': 0.1, 'gamma': 'scale', 'class_weight': None})
    """
    import pandas as pd

    about = describe_dataset(dataset) if isinstance(dataset, Dataset) else dataset
    results: Mapping[str, Any] = search.cv_results_
    frame = pd.DataFrame({name: list(values) for name, values in results.items()})
    columns = _columns(frame, search)
    title = learner or type(_last(search.estimator)).__name__
    compared = frame[["params", *(score.column for score in columns.scores)]]
    text = repr([(str(params), scores) for params, *scores in compared.itertuples(index=False)])
    digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
    return TableImporter(f"cv_results-{digest}", frame, columns, title, lambda _: about)


def _columns(frame: Any, search: Any) -> Columns:
    scores = (_only_score(search),) if "mean_test_score" in frame else ()
    return understand_columns(frame, scores=scores, has_one_dataset=True)


def _only_score(search: Any) -> Score:
    """What `mean_test_score` is: the scorer's name, or what estimators score by default."""
    from sklearn.base import is_classifier, is_regressor

    name = search.scoring
    if name is None:
        estimator = search.estimator
        name = "accuracy" if is_classifier(estimator) else "r2" if is_regressor(estimator) else "score"
    known = recognise(name) if isinstance(name, str) else None
    if known is None:
        return Score("mean_test_score", name if isinstance(name, str) else "score", "maximize")
    return Score("mean_test_score", known.metric, known.direction, known.is_negated)


def _last(estimator: Any) -> Any:
    """The last step of a pipeline, else the estimator itself."""
    steps = getattr(estimator, "steps", None)
    return _last(steps[-1][1]) if steps else estimator
