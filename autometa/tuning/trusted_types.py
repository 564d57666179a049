"""The types that a model file may hold beside those that skops itself trusts.

Anything else in a file is refused before an object of it is made. The list is what the pipelines of the
catalogue consist of, whatever the configuration and the table; a contract test writes and reads them.
"""

OWN = (
    "autometa.learners.class_codes.CodedClassifier",
    "autometa.learners.empty_columns.EmptyColumnFiller",
    "autometa.learners.encoding.QuietOneHotEncoder",
    "autometa.learners.encoding._fill_missing",
)
SCIKIT_LEARN = (  # scikit-learn's own parts, private ones and functions, that skops wants to be told of
    "collections.OrderedDict",
    "functools.partial",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)
BOOSTING = (
    "catboost.core.CatBoostClassifier",
    "catboost.core.CatBoostRegressor",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
)
TRUSTED = (*OWN, *SCIKIT_LEARN, *BOOSTING)
