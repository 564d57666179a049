"""Multi-layer perceptron of scikit-learn: one or two hidden layers of equal width, trained by Adam.

A regression target is standardised: the library's default rates and initial weights assume a unit scale.
"""

from typing import Any

from autometa.dataset import TaskType
from autometa.learners.base import Encoding, Learner, Setting
from autometa.search_space import Choice, Configuration, FloatRange, IntRange, SearchSpace

_PARAMETERS = (
    IntRange("n_layers", 1, 2),
    IntRange("layer_size", 16, 128, log=True),
    FloatRange("learning_rate_init", 1e-4, 0.03, log=True),
    FloatRange("alpha", 1e-7, 0.1, log=True),
    Choice("activation", ("relu", "tanh")),
    Choice("early_stopping", (False, True)),
)
_DEFAULT: Configuration = {
    "n_layers": 1,
    "layer_size": 100,
    "learning_rate_init": 0.001,
    "alpha": 1e-4,
    "activation": "relu",
    "early_stopping": False,
}


def _make(params: Configuration, setting: Setting) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    rest = dict(params)
    layers = (rest.pop("layer_size"),) * int(str(rest.pop("n_layers")))
    if setting.task_type is TaskType.REGRESSION:
        network = MLPRegressor(hidden_layer_sizes=layers, **rest, random_state=setting.seed)
        return TransformedTargetRegressor(network, transformer=StandardScaler())
    if setting.smallest_class == 1:
        rest["early_stopping"] = False  # its stratified validation split needs two rows of every class
    return MLPClassifier(hidden_layer_sizes=layers, **rest, random_state=setting.seed)


LEARNER = Learner(
    name="mlp",
    title="multi-layer perceptron",
    encoding=Encoding.ONE_HOT,
    search_spaces={task: SearchSpace(f"mlp/{task}", 1, _PARAMETERS) for task in TaskType},
    defaults=dict.fromkeys(TaskType, _DEFAULT),
    make=_make,
    ranges_from="auto-sklearn 0.15 (mlp), widths cut at 128 and depth at 2 for cost",
)
