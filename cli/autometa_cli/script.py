"""The script that `autometa suggest --python FILE` writes: it fits the first suggestion and runs as it is."""

from pathlib import Path

from autometa.dataset import Dataset
from autometa.errors import InvalidDatasetError
from autometa.learners.catalogue import learner as find_learner
from autometa.warmstart import Advice

_SCRIPT = '''"""Fits the first suggestion of `autometa suggest` on {name}: {title}."""

from sklearn.model_selection import {splitter}, cross_val_score

from autometa.dataset import TaskType
from autometa.learners import learner
from autometa.learners.pipeline import build_pipeline
from autometa.readers import read_table

table = read_table({file!r}, target={target!r}, task_type=TaskType({task!r}))
model = build_pipeline(learner({learner!r}), {params!r}, table.dataset)
folds = {splitter}(5, shuffle=True, random_state=0)
scores = cross_val_score(model, table.frame, table.labels, scoring={scoring!r}, cv=folds)
print(f"{metric}, cross-validated: {{{sign}scores.mean():.4g}} (sd {{scores.std():.2g}})")
model.fit(table.frame, table.labels)  # model.predict(new_frame) takes raw data frames
'''
_SCORING = {
    "roc_auc": "roc_auc_ovr",
    "log_loss": "neg_log_loss",
    "rmse": "neg_root_mean_squared_error",
    "predictive_accuracy": "accuracy",
    "root_mean_squared_error": "neg_root_mean_squared_error",
    "mean_absolute_error": "neg_mean_absolute_error",
}


def write_script(path: Path, file: str, dataset: Dataset, advice: Advice) -> None:
    """Write the script for the first suggestion.

    Args:
        path: of the script; an existing file is replaced.
        file: the table's path as given.
        dataset: the table.
        advice: at least one suggestion.

    Raises:
        InvalidDatasetError: the table came from standard input, so a script could not read it again.
        UnknownNameError: the first suggestion was tried elsewhere, and is no learner of the catalogue.
    """
    if file == "-":
        raise InvalidDatasetError("a script cannot read standard input again; save the table to a file first")
    first = advice.recommendations[0]
    find_learner(first.learner)
    scoring = _SCORING.get(advice.metric, advice.metric)
    path.write_text(
        _SCRIPT.format(
            name=dataset.name,
            title=first.learner,
            file=str(Path(file).absolute()),
            target=dataset.target_name,
            task=str(dataset.task_type),
            learner=first.learner,
            params=dict(first.params),
            scoring=scoring,
            splitter="StratifiedKFold" if dataset.class_names else "KFold",
            metric=advice.metric,
            sign="-" if scoring.startswith("neg_") else "",
        ),
        encoding="utf-8",
    )
