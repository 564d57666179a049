"""Models in files: every learner's comes back whole, new tables are understood, foreign files refused."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError, InvalidModelError
from autometa.learners import learners
from autometa.learners.catalogue import BASE_LEARNERS
from autometa.readers import Table, table_from_frame
from autometa.tuning import fit_model, load_model, save_model
from autometa.tuning.model_card import ModelCard
from autometa.tuning.model_file import CARD
from tests.tuning.conftest import flower_frame

MEMBERS = [(task, member.name) for task in TaskType for member in learners(task)]
BASE = [(task, one.name) for task in TaskType for one in BASE_LEARNERS if task in one.search_spaces]


def rich_table(task_type: TaskType) -> Table:
    """A table with a column of every kind."""
    rng = np.random.default_rng(0)
    words = rng.choice(np.array(["alpha", "beta", "gamma", "delta"]), (60, 2))
    size = rng.normal(size=60)
    frame = pd.DataFrame(
        {
            "size": np.where(rng.uniform(size=60) < 0.2, np.nan, size),
            "colour": rng.choice(np.array(["red", "blue", None], dtype=object), 60),
            "is_new": rng.choice([True, False], 60),
            "said": [f"{a} {b} {number}" for number, (a, b) in enumerate(words)],
            "day": pd.date_range("2026-01-01", periods=60),
            "y": size if task_type is TaskType.REGRESSION else np.where(size > 0, "up", "down"),
        }
    )
    return table_from_frame(frame, target="y", task_type=task_type)


@pytest.fixture(scope="module")
def model_path(flowers: Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "flowers.skops"
    params = {"n_neighbors": 3, "weights": "uniform", "p": 2}
    save_model(fit_model(flowers, "k_nearest_neighbors", params, metric="log_loss", score=0.5), path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("task_type", "name"), MEMBERS, ids=[f"{name}-{task}" for task, name in MEMBERS])
def test_every_learners_model_comes_back_whole(task_type: TaskType, name: str, tmp_path: Path) -> None:
    table = rich_table(task_type)
    (member,) = [one for one in learners(task_type) if one.name == name]
    small = {"iterations": 50, "n_estimators": 20}
    default = {key: small.get(key, value) for key, value in member.defaults[task_type].items()}
    model = fit_model(table, name, default, metric="r2")
    save_model(model, tmp_path / "model.skops")
    again = load_model(tmp_path / "model.skops")
    assert again.card == model.card
    assert (again.predict(table.frame) == model.predict(table.frame)).all()
    if task_type is TaskType.CLASSIFICATION:
        answer = again.answer(table.frame, with_probabilities=True)
        assert answer.probabilities is not None
        assert answer.probabilities.shape == (60, 2)
        assert set(answer.values) == {"up", "down"}


@pytest.mark.slow
@pytest.mark.parametrize("n_columns", [2, 40], ids=["narrow", "wide"])
@pytest.mark.parametrize(("task_type", "name"), BASE, ids=[f"{name}-{task}" for task, name in BASE])
def test_no_configuration_makes_a_model_that_cannot_be_opened(
    task_type: TaskType, name: str, n_columns: int, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(40, n_columns)), columns=[f"v{i}" for i in range(n_columns)])
    labels = frame["v0"] if task_type is TaskType.REGRESSION else np.where(frame["v0"] > 0, "up", "down")
    table = table_from_frame(frame.assign(y=labels), target="y", task_type=task_type)
    space = next(one for one in BASE_LEARNERS if one.name == name).search_spaces[task_type]
    for _ in range(2):
        model = fit_model(table, name, space.draw(rng), metric="r2")
        save_model(model, tmp_path / "model.skops")
        again = load_model(tmp_path / "model.skops").predict(frame)
        assert (again == model.predict(frame)).all()


def test_columns_are_found_by_name_and_others_are_ignored(model_path: Path, flowers: Table) -> None:
    model = load_model(model_path)
    shuffled = flowers.frame[["colour", "width", "length"]].assign(kind="?", more=1)
    assert (model.predict(shuffled) == model.predict(flowers.frame)).all()
    assert (model.predict(flowers.frame) == flowers.labels).mean() > 0.8


def test_a_missing_column_is_one_clear_sentence(model_path: Path) -> None:
    model, frame = load_model(model_path), flower_frame()
    with pytest.raises(InvalidDatasetError, match=r"^column 'width' is missing; the model was trained on 3"):
        model.predict(frame.drop(columns="width"))
    with pytest.raises(InvalidDatasetError, match=r"is it the column 'Width'\?$"):
        model.predict(frame.rename(columns={"width": "Width"}))
    with pytest.raises(InvalidDatasetError, match=r"^2 columns are missing, among them 'length'; "):
        model.predict(frame[["colour"]])


def test_what_cannot_be_understood_is_told_and_counts_as_unknown(model_path: Path) -> None:
    model, frame = load_model(model_path), flower_frame().head(4).astype({"length": object})
    strange = frame.assign(colour=["pink", "red", None, "blue"], length=["long", *frame["length"][1:]])
    answer = model.answer(strange)
    assert answer.notes == (
        "column 'length': 1 value is no finite number and counts as missing",
        "column 'colour': 2 levels were not seen in training: 'blue', 'pink'",
    )
    unknown = frame.assign(colour=[None, "red", None, None], length=[None, *frame["length"][1:]])
    assert (answer.values == model.predict(unknown)).all()


def test_levels_written_as_numbers_are_found_beside_missing_values(tmp_path: Path) -> None:
    grade = np.array(["1", "2", "x"] * 20, dtype=object)
    frame = pd.DataFrame({"grade": grade, "y": np.where(grade == "1", "yes", "no")})
    model = fit_model(
        table_from_frame(frame, target="y"),
        "k_nearest_neighbors",
        {"n_neighbors": 1, "weights": "uniform", "p": 2},
        metric="log_loss",
    )
    as_texts = model.predict(pd.DataFrame({"grade": ["1", None, "2"]}))
    for new in ([1.0, np.nan, 2.0], [1, None, 2], ["1", None, "2"]):
        answer = model.answer(pd.DataFrame({"grade": new}))
        assert (answer.values == as_texts).all()
        assert answer.notes == ()
    assert model.predict(pd.DataFrame({"grade": [1, 2]})).tolist() == ["yes", "no"]


def test_an_old_file_stays_where_the_new_one_fails(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_path: Path, _target: Path) -> None:
        raise OSError("disk full")

    model, before = load_model(model_path), model_path.read_bytes()
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_model(model, model_path)
    assert model_path.read_bytes() == before
    assert [one.name for one in model_path.parent.iterdir()] == [model_path.name]


def test_a_file_with_anything_else_in_it_is_not_opened(model_path: Path, tmp_path: Path) -> None:
    content = BytesIO(skops.io.dumps(FunctionTransformer(func=json.loads)))
    with ZipFile(content, "a") as archive, ZipFile(model_path) as good:
        archive.writestr(CARD, good.read(CARD))
    (tmp_path / "bad.skops").write_bytes(content.getvalue())
    with pytest.raises(
        InvalidModelError, match=r"bad\.skops holds json\.loads, which no model of autometa has"
    ):
        load_model(tmp_path / "bad.skops")


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", None], ids=["empty", "csv", "missing"])
def test_what_is_no_model_is_one_clear_sentence(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidModelError, match=r"give a file that `autometa tune … --out` wrote$"):
        load_model(path)


def test_a_model_of_skops_alone_is_none_of_ours(tmp_path: Path) -> None:
    skops.io.dump(FunctionTransformer(), tmp_path / "model.skops")
    with pytest.raises(InvalidModelError, match=r"is not a model of autometa"):
        load_model(tmp_path / "model.skops")


def test_the_card_says_what_the_model_was_made_of(model_path: Path, flowers: Table) -> None:
    with ZipFile(model_path) as archive:
        text = archive.read(CARD).decode()
    card = ModelCard.from_json(text)
    assert card.levels == {"colour": ("red", "white")}
    assert (card.class_names, card.n_rows, card.score) == (("iris", "lily", "rose"), 120, 0.5)
    assert ModelCard.from_json(card.to_json()) == card
    with pytest.raises(InvalidModelError, match="another format"):
        ModelCard.from_json(text.replace('"format": 1', '"format": 2'))


def test_probabilities_that_the_model_has_not_are_refused(houses: Table) -> None:
    model = fit_model(houses, "ridge", {"alpha": 1.0}, metric="r2")
    with pytest.raises(InvalidModelError, match="ridge gives no probabilities of 'price'"):
        model.answer(houses.frame, with_probabilities=True)
    assert model.predict(houses.frame).dtype == np.float64
