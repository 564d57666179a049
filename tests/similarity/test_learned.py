"""What the learned models learn, against truths that were planted and formulas that we did not write."""

import io
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import lsq_linear
from scipy.stats import rankdata, spearmanr

from autometa.dataset import TaskType
from autometa.errors import EmptyHistoryError, IncompatibleMetaFeaturesError, UnknownNameError
from autometa.similarity import TrainedSimilarity, effective_sources
from autometa.similarity.calibration import FLOOR, TEMPERATURE, Calibration
from autometa.similarity.diagonal import RIDGE, fit_diagonal, train_diagonal
from autometa.similarity.disagreement import rank_disagreement, transfer_regret
from autometa.similarity.encoding import RankEncoding
from autometa.similarity.examples import family_folds, table_row
from autometa.similarity.trainers import trainer
from tests.similarity.cases import FEATURES, meta_table, planted

NAN = float("nan")


def test_transfer_regret_is_the_regret_of_what_is_best_elsewhere() -> None:
    regrets = np.tile(np.linspace(0, 1, 21), (2, 1))
    regrets[1] = regrets[1][::-1]
    by_hand = np.linspace(0, 1, 21)[:5].mean()
    assert transfer_regret(regrets)[0, 1] == pytest.approx(1 - by_hand)
    assert transfer_regret(regrets)[0, 0] == pytest.approx(by_hand)


def test_pairs_with_few_shared_candidates_are_not_compared() -> None:
    regrets = np.random.default_rng(0).uniform(size=(2, 30))
    regrets[0, :11] = NAN
    assert np.isnan(transfer_regret(regrets)[0, 1])
    assert np.isnan(rank_disagreement(regrets)[0, 1])
    assert not np.isnan(transfer_regret(regrets)[1, 1])


def test_rank_disagreement_is_scipys_spearman() -> None:
    regrets = np.random.default_rng(1).integers(0, 9, size=(3, 40)).astype(float)
    regrets[0, 5] = NAN
    shared = ~np.isnan(regrets[0])
    rho = spearmanr(regrets[0, shared], regrets[2, shared]).statistic
    assert rank_disagreement(regrets)[0, 2] == pytest.approx(1 - rho)


def test_encoding_gives_scipys_mid_ranks_where_there_are_as_many_knots_as_values() -> None:
    values = np.random.default_rng(2).integers(0, 5, size=(64, len(FEATURES))).astype(float)
    encoded = RankEncoding.of(meta_table(values), FEATURES).encode(values)
    assert encoded[:, 0] == pytest.approx((rankdata(values[:, 0]) - 0.5) / 64)


def test_a_missing_feature_stands_in_the_middle_with_a_flag() -> None:
    examples = planted()
    encoding = RankEncoding.of(examples.table, examples.features)
    encoded = encoding.encode(examples.table.values)
    assert encoded.shape == (40, encoding.n_inputs) == (40, len(FEATURES) - 1 + 1)
    assert encoded[3, 2] == 0.5
    assert encoded[:, -1].tolist() == [float(row == 3) for row in range(40)]


def test_features_that_do_not_vary_or_do_not_count_are_left_out() -> None:
    values = np.random.default_rng(0).uniform(size=(30, len(FEATURES)))
    values[:, 1] = 7.0
    encoding = RankEncoding.of(meta_table(values), FEATURES)
    assert encoding.columns.tolist() == [0, 2, 3, 4]


def test_folds_never_divide_a_family() -> None:
    families = [f"f{i % 7}" for i in range(30)]
    seen = []
    for train, test in family_folds(families, 5, seed=0):
        assert not {families[i] for i in train} & {families[i] for i in test}
        seen.extend(test.tolist())
    assert sorted(seen) == list(range(30))


def test_members_of_one_family_are_no_pair() -> None:
    first, second, _ = planted().pairs()
    assert (first // 2 != second // 2).all()
    assert len(first) == 40 * 39 / 2 - 20


def test_diagonal_finds_the_feature_that_decides() -> None:
    weights = train_diagonal(planted()).feature_weights
    assert weights[0] > 0.9
    assert weights.sum() == pytest.approx(1)


def test_diagonal_solves_the_least_squares_that_it_states() -> None:
    examples = planted(signal=0.3)
    model = fit_diagonal(examples)
    encoded = model.encoding.encode(examples.table.values)
    first, second, target = examples.pairs()
    gaps = np.abs(encoded[first] - encoded[second])
    ridge = np.sqrt(RIDGE * len(target)) * np.eye(gaps.shape[1])
    system = np.block([[gaps, np.ones((len(gaps), 1))], [ridge, np.zeros((len(ridge), 1))]])
    lower = np.append(np.zeros(gaps.shape[1]), -np.inf)
    peer = lsq_linear(system, np.append(target, np.zeros(len(ridge))), bounds=(lower, np.inf), tol=1e-13).x
    assert model.feature_weights == pytest.approx(peer[:-1] / peer[:-1].sum(), abs=1e-4)


def test_noise_teaches_nothing() -> None:
    """Shuffled meta-features: all data sets weigh nearly the same, so that the advice is the portfolio's."""
    examples = planted(signal=0.2)
    order = np.random.default_rng(5).permutation(40)
    shuffled = replace(examples, table=meta_table(examples.table.values[order]))
    model = train_diagonal(shuffled)
    shares = [
        effective_sources(model.weights(model.distances(table_row(shuffled.table, row), shuffled.table))) / 40
        for row in range(40)
    ]
    assert np.mean(shares) > 0.9


def test_calibration_finds_slope_and_reach() -> None:
    rng = np.random.default_rng(0)
    distances = [rng.uniform(0, 1, 50) for _ in range(20)]
    truths = [0.3 * np.minimum(row, 0.4) + rng.uniform() for row in distances]
    found = Calibration.of(distances, truths)
    assert found.slope == pytest.approx(0.3, rel=0.1)
    assert found.reach == pytest.approx(0.4, abs=0.05)


def test_calibrated_weights_by_hand() -> None:
    weights = Calibration(slope=0.1, reach=0.5).weights(np.array([0.1, 0.3, 0.9, NAN]))
    known = np.exp(-np.array([0.0, 0.02, 0.04]) / TEMPERATURE) + FLOOR
    assert weights == pytest.approx([*known, known.mean()])


def test_beyond_reach_of_everything_all_weigh_the_same() -> None:
    weights = Calibration(slope=5.0, reach=0.5).weights(np.array([0.6, 0.7, 2.0]))
    assert effective_sources(weights) == pytest.approx(3)


def test_a_distance_that_misleads_gets_no_say() -> None:
    rng = np.random.default_rng(0)
    distances = [rng.uniform(0, 1, 30) for _ in range(10)]
    assert Calibration.of(distances, [-row for row in distances]).slope == 0


def test_too_few_data_sets_are_an_error_with_a_hint() -> None:
    with pytest.raises(EmptyHistoryError, match=r"12 data sets .* needs 20"):
        planted(n_datasets=12).check_enough()


def test_trained_models_survive_a_file_without_pickle() -> None:
    examples = planted()
    model = train_diagonal(examples)
    trained = TrainedSimilarity(
        {TaskType.REGRESSION: {"diagonal": model}}, {TaskType.REGRESSION: {"n_datasets": 40}}
    )
    file = io.BytesIO()
    np.savez(file, **trained.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        again = TrainedSimilarity.from_arrays(arrays)
    found = again.model(TaskType.REGRESSION, "diagonal")
    assert found is not None
    query = table_row(examples.table, 4)
    before = model.distances(query, examples.table)
    assert found.distances(query, examples.table).tolist() == before.tolist()
    assert found.weights(before).tolist() == model.weights(before).tolist()
    assert again.evaluation == trained.evaluation
    assert again.model(TaskType.CLASSIFICATION) is None


def test_a_model_of_other_meta_features_says_train_again() -> None:
    examples = planted()
    newer = replace(examples.table, version=2)
    with pytest.raises(IncompatibleMetaFeaturesError, match="autometa similarity train"):
        fit_diagonal(examples).distances(table_row(newer, 0), newer)


def test_unknown_models_are_named() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'siamese'"):
        trainer("siamesse")
    with pytest.raises(UnknownNameError, match="did you mean 'diagonal'"):
        TrainedSimilarity({}).model(TaskType.REGRESSION, "diagonall")
