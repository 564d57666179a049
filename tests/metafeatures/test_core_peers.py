"""The core pack against programs and formulas that are not ours: SciPy, scikit-learn, recorded pymfe."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.metrics import mutual_info_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier

from autometa.metafeatures import extract
from autometa.metafeatures.association import number_association
from autometa.metafeatures.decision_tree import DecisionTree
from autometa.metafeatures.landmark_table import LandmarkTable
from autometa.metafeatures.moments import column_moments
from autometa.metafeatures.quartiles import quantile_bins, spread
from autometa.metafeatures.simple_models import (
    class_indicators,
    naive_bayes_classes,
    neighbor_means,
    ridge_outputs,
    squared_distances,
)
from tests.metafeatures.odd_tables import table

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "metafeatures_core_pymfe.json").read_text())
SAME = {
    "n_rows": "nr_inst",
    "n_cols": "nr_attr",
    "n_classes": "nr_class",
    "class_entropy": "class_ent",
    "class_share_max": "freq_class.max",
    "class_share_min": "freq_class.min",
    "correlation_mean": "cor.mean",
    "correlation_median": "cor.median",
    "correlation_max": "cor.max",
}


def _iris():
    return load_iris(return_X_y=True)


def _lognormal():
    rng = np.random.default_rng(0)
    x = np.exp(rng.normal(size=(200, 6)))
    x[:, 3] = x[:, 2] + 0.1 * rng.normal(size=200)
    return x, (x[:, 0] > 1).astype(int) + (x[:, 1] > 2)


@pytest.mark.parametrize(("name", "data"), [("iris", _iris), ("lognormal", _lognormal)])
def test_values_that_pymfe_defines_alike_agree(name, data):
    x, y = data()
    found = extract(table(x, None, y)).as_dict()
    for ours, theirs in SAME.items():
        assert found[ours] == pytest.approx(RECORDED[name][theirs], abs=1e-12), ours


def test_moments_agree_with_scipy_over_many_tiles():
    x = np.asfortranarray(np.exp(np.random.default_rng(1).normal(size=(20_000, 9))))
    x[::7, 3], x[5, 4] = np.nan, np.inf
    known = np.where(np.isfinite(x), x, np.nan)
    found = column_moments(x)
    np.testing.assert_allclose(found.skewness, stats.skew(known, nan_policy="omit"), rtol=1e-10)
    np.testing.assert_allclose(found.kurtosis, stats.kurtosis(known, nan_policy="omit"), rtol=1e-10)
    np.testing.assert_allclose(found.mean, np.nanmean(known, axis=0), rtol=1e-12)
    np.testing.assert_array_equal(found.n_finite, np.isfinite(x).sum(axis=0))
    np.testing.assert_array_equal(found.row_has_missing, ~np.isfinite(x).all(axis=1))


def test_quartiles_agree_with_numpy():
    x = np.sort(np.random.default_rng(2).normal(size=101) ** 3)
    q1, q2, q3 = np.quantile(x, (0.25, 0.5, 0.75))
    outside = (x < q1 - 1.5 * (q3 - q1)) | (x > q3 + 1.5 * (q3 - q1))
    found = spread(x)
    assert found.median == pytest.approx(q2)
    assert found.outlier_share == pytest.approx(outside.mean())
    assert found.tail == pytest.approx(np.log10(1 + np.ptp(x) / (q3 - q1)))


def test_bins_hold_equal_numbers_and_keep_ties_together():
    x = np.random.default_rng(3).normal(size=(1, 80))
    counts = np.bincount(quantile_bins(np.sort(x), np.array([80]), x, 8)[0])
    np.testing.assert_array_equal(counts, np.full(8, 10))
    tied = np.array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, np.nan]])
    bins = quantile_bins(np.sort(tied), np.array([8]), tied, 8)[0]
    assert len(set(bins[:6])) == 1
    assert bins[8] == 8
    assert len(set(bins)) == 4


def test_mutual_information_agrees_with_scikit_learn():
    rng = np.random.default_rng(4)
    x = rng.normal(size=(3, 500))
    x[1, ::5] = np.nan
    y = (x[0] + rng.normal(size=500) > 0).astype(np.int64) + 2 * (x[2] > 1)
    ordered, n_known = np.sort(x, axis=1), np.isfinite(x).sum(axis=1)
    found = number_association(ordered, x, n_known, y)
    bins = quantile_bins(ordered, n_known, x, 8)
    wanted = [mutual_info_score(column, y) / np.log(2) for column in bins]
    np.testing.assert_allclose(found.information, wanted, rtol=1e-10)
    np.testing.assert_allclose(found.entropy, [stats.entropy(np.bincount(c), base=2) for c in bins])


def test_spectrum_agrees_with_pca():
    x, y = _lognormal()
    found = extract(table(x, None, y)).as_dict()
    shares = PCA().fit(stats.zscore(x)).explained_variance_ratio_
    assert found["pca_first_share"] == pytest.approx(shares[0])
    assert found["pca_components_95"] == (1 + int((np.cumsum(shares) < 0.95).sum())) / 6
    assert found["pca_effective_dim"] == pytest.approx(2 ** stats.entropy(shares, base=2) / 6)
    pairs = np.abs(np.corrcoef(x.T)[np.triu_indices(6, 1)])
    assert found["correlation_sd"] == pytest.approx(pairs.std())
    assert found["frac_correlation_above_50"] == pytest.approx((pairs > 0.5).mean())


def _halves(n_classes: int) -> LandmarkTable:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(400, 6))
    signal = x[:, 0] + x[:, 1] ** 2 + 0.5 * rng.normal(size=400)
    cuts = np.quantile(signal, np.arange(1, n_classes) / max(n_classes, 1))
    y = np.digitize(signal, cuts).astype(float) if n_classes else signal
    return LandmarkTable(x[:200], x[200:], y[:200], y[200:], n_classes)


@pytest.mark.parametrize("n_neighbors", [1, 10])
def test_neighbors_agree_with_scikit_learn(n_neighbors):
    halves = _halves(3)
    distances = squared_distances(halves.x_test, halves.x_train)
    votes = neighbor_means(distances, class_indicators(halves.y_train, 3), n_neighbors)
    model = KNeighborsClassifier(n_neighbors).fit(halves.x_train, halves.y_train)
    np.testing.assert_allclose(votes, model.predict_proba(halves.x_test), atol=1e-12)
    means = neighbor_means(distances, halves.y_train[:, None], n_neighbors)[:, 0]
    regressor = KNeighborsRegressor(n_neighbors).fit(halves.x_train, halves.y_train)
    np.testing.assert_allclose(means, regressor.predict(halves.x_test), atol=1e-12)


def test_all_neighbors_at_the_last_distance_vote():
    distances = np.array([[1.0, 1.0, 2.0]])
    outputs = np.array([[0.0], [1.0], [5.0]])
    assert neighbor_means(distances, outputs, 1)[0, 0] == 0.5


def test_naive_bayes_agrees_with_scikit_learn():
    halves = _halves(3)
    wanted = GaussianNB().fit(halves.x_train, halves.y_train).predict(halves.x_test)
    np.testing.assert_array_equal(naive_bayes_classes(halves.x_train, halves.y_train, halves.x_test), wanted)


def test_ridge_agrees_with_scikit_learn():
    halves = _halves(3)
    outputs = class_indicators(halves.y_train, 3)
    found = ridge_outputs(halves.x_train, outputs, halves.x_test)
    np.testing.assert_allclose(found, Ridge().fit(halves.x_train, outputs).predict(halves.x_test), atol=1e-10)
    model = RidgeClassifier().fit(halves.x_train, halves.y_train)
    np.testing.assert_array_equal(found.argmax(axis=1), model.predict(halves.x_test))


@pytest.mark.parametrize("max_depth", [1, 3, None])
def test_the_top_of_the_full_tree_is_the_shallow_tree(max_depth):
    halves = _halves(3)
    found = DecisionTree.fit(halves, seed=0).predict(halves.x_test, max_depth=max_depth)
    model = DecisionTreeClassifier(max_depth=max_depth, random_state=0)
    model.fit(halves.x_train.astype(np.float32), halves.y_train)
    np.testing.assert_array_equal(found, model.predict(halves.x_test))
