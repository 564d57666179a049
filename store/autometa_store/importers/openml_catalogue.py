"""to_catalogue: what was run on OpenML as a configuration of one of the catalogue's learners, if it is one.

A run counts only if the catalogue's learner could have made it: the estimator is one of its own, its other
settings are the learner's, every parameter lies in the learner's range, and what stands before it in a
pipeline does no more than the learner's own cleaning and encoding. Everything else gets a reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from autometa.dataset import TaskType
from autometa.learners.catalogue import learner
from autometa.search_space import Configuration, FloatRange, IntRange, Parameter, SearchSpace, Value
from autometa_store.importers.inferred_space import HOUSEKEEPING
from autometa_store.importers.openml_conversions import CONVERSIONS, Conversion, NoCounterpartError
from autometa_store.importers.openml_conversions_mlr import MLR_CONVERSIONS
from autometa_store.importers.openml_flows import Component

NO_LEARNER = "not a learner of the catalogue"
_ALL: Mapping[str, Conversion] = {**CONVERSIONS, **MLR_CONVERSIONS}
_IN_TARGET_UNITS = frozenset(
    {"sklearn.linear_model.ElasticNet", "sklearn.neural_network.MLPRegressor", "sklearn.svm.SVR"}
)
_SCALER = "sklearn.preprocessing.StandardScaler"
_ENCODER = "sklearn.preprocessing.OneHotEncoder"
_HARMLESS = frozenset(  # what the catalogue's pipelines do as well, or what changes nothing for trees
    {
        _SCALER,
        _ENCODER,
        "openmlstudy14.preprocessing.ConditionalImputer",
        "sklearn.compose.ColumnTransformer",
        "sklearn.feature_selection.VarianceThreshold",
        "sklearn.impute.SimpleImputer",
        "sklearn.pipeline.FeatureUnion",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing.Imputer",
        "sklearn.preprocessing.OrdinalEncoder",
    }
)
_UNTOUCHED: tuple[Value, ...] = (None, False, "deprecated", "warn")  # of parameters that nobody knows
_BOOKKEEPING = HOUSEKEEPING | {"warm_start", "copy", "logger"}


@dataclass(frozen=True, slots=True)
class CatalogueTrial:
    """A configuration of the catalogue.

    Attributes:
        search_space: the learner's, for the task.
        params: a configuration of it.
    """

    search_space: SearchSpace
    params: Configuration


@dataclass(frozen=True, slots=True)
class OutsideCatalogue:
    """Why a run is not one of the catalogue's, without values, so that reasons can be counted."""

    reason: str


def to_catalogue(
    flow: Component, given: Configuration, *, task_type: TaskType, n_columns: int | None = None
) -> CatalogueTrial | OutsideCatalogue:
    """The run as the catalogue has it.

    Args:
        flow: what was run.
        given: the parameters of its estimator, by their own names.
        task_type: of the task.
        n_columns: input columns of the data set; None if unknown.

    Example:
        >>> from autometa_store.importers.openml_flows import parse_flow
        >>> flow = parse_flow("sklearn.linear_model.ridge.Ridge(1)")
        >>> to_catalogue(flow, {"alpha": 1.0}, task_type=TaskType.REGRESSION)
        OutsideCatalogue(reason='ridge: inputs are not standardised')
    """
    conversion = _ALL.get(flow.estimator.name)
    if conversion is None:
        is_relative = flow.estimator.name in _IN_TARGET_UNITS
        return OutsideCatalogue(
            f"{flow.estimator.name} is tuned in the target's unit" if is_relative else NO_LEARNER
        )
    space = learner(conversion.learner).search_spaces.get(task_type)
    if space is None:
        return OutsideCatalogue(f"{conversion.learner}: not for {task_type}")
    try:
        _check_preprocessing(flow, conversion)
        _check_fixed(given, conversion, space)
        params = _converted(flow, given, conversion, n_columns)
        _check_ranges(params, space)
    except NoCounterpartError as error:
        return OutsideCatalogue(f"{conversion.learner}: {error}")
    return CatalogueTrial(space, params)


def _check_preprocessing(flow: Component, conversion: Conversion) -> None:
    names = [one.name for one in flow.preprocessing]
    foreign = sorted(set(names) - _HARMLESS)
    if foreign:
        raise NoCounterpartError(f"{foreign[0]} comes before it")
    if conversion.is_scaled and _SCALER not in names:
        raise NoCounterpartError("inputs are not standardised")


def _check_fixed(given: Configuration, conversion: Conversion, space: SearchSpace) -> None:
    known = {*space.names, *conversion.ignored, *conversion.renamed, *_BOOKKEEPING}
    for name, value in given.items():
        wanted = conversion.fixed.get(name)
        if wanted is None:
            is_fine = name in known or _is_one_of(value, _UNTOUCHED)
        else:
            is_fine = wanted(value) if callable(wanted) else _is_one_of(value, wanted)
        if not is_fine:
            raise NoCounterpartError(f"{name} is not the learner's")


def _converted(
    flow: Component, given: Configuration, conversion: Conversion, n_columns: int | None
) -> dict[str, Value]:
    is_encoded = any(one.name == _ENCODER for one in flow.preprocessing)
    try:
        return conversion.convert(given, None if is_encoded else n_columns)
    except (TypeError, ValueError) as error:  # a text where there should be a number
        raise NoCounterpartError("a value cannot be read") from error


def _check_ranges(params: dict[str, Value], space: SearchSpace) -> None:
    """Numbers get the type of their range; raises where one is outside."""
    for parameter in space.parameters:
        if parameter.name not in params:
            if parameter.condition is None or parameter.condition.holds(params):
                raise NoCounterpartError(f"{parameter.name} is not given")
            continue
        params[parameter.name] = _in_type(params[parameter.name], parameter)
        if not parameter.contains(params[parameter.name]):
            raise NoCounterpartError(f"{parameter.name} is outside the learner's range")


def _in_type(value: Value, parameter: Parameter) -> Value:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(parameter, FloatRange):
        return float(value)
    is_whole = isinstance(parameter, IntRange) and float(value).is_integer()
    return int(value) if is_whole else value


def _is_one_of(value: Value, options: tuple[Value, ...]) -> bool:
    return any(value == option and isinstance(value, bool) == isinstance(option, bool) for option in options)


def estimator_parameters(flow: Component, given: Mapping[tuple[str, str], Value]) -> dict[str, Value]:
    """The parameters of a flow's estimator by their own names.

    Args:
        flow: what was run.
        given: by full name of the component, and name.
    """
    estimator = flow.estimator.full_name
    return {name: value for (component, name), value in given.items() if component == estimator}
