"""decode_setup: the hyper-parameters of a run, typed, under names that mean the same in every version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from autometa.search_space import Configuration, Value
from autometa_store.importers.openml_flows import Component, parameter_name, parse_flow
from autometa_store.importers.openml_records import ListedParameter
from autometa_store.importers.openml_values import DecodedValue, Language, decode_value, language_of


@dataclass(frozen=True, slots=True)
class Setup:
    """A flow with its parameters.

    Attributes:
        flow: what was run.
        configuration: by the name in the flow's search space. Without what names components, and without
            what a search replaced by values that nobody recorded.
        estimator: the estimator's own parameters by their own names.
        n_kept_texts: values that say nothing in their language and were kept as they are.
    """

    flow: Component
    configuration: Configuration
    estimator: Configuration
    n_kept_texts: int = 0


def decode_setup(flow_name: str, parameters: Sequence[ListedParameter]) -> Setup:
    """The setup of a run; never raises.

    Args:
        flow_name: of what was run, with or without version.
        parameters: as listed, in any order.

    Example:
        >>> kernel = ListedParameter(7, "sklearn.svm.classes.SVC(7)", "kernel", '"rbf"')
        >>> decode_setup("sklearn.svm.classes.SVC(7)", [kernel]).configuration
        {'kernel': 'rbf'}
    """
    flow = parse_flow(flow_name)
    values: dict[tuple[str, str], Value] = {}
    configuration: dict[str, Value] = {}
    n_kept = 0
    for one in parameters:
        place = _placed(flow_name, one.flow_name, one.name)
        decoded = _decoded(one.value, place.language)
        n_kept += not decoded.is_understood
        if not place.is_replaced and not decoded.is_reference:
            values[place.component, one.name] = configuration[place.name] = decoded.plain
    return Setup(flow, configuration, _of_estimator(flow, values), n_kept)


@dataclass(frozen=True, slots=True)
class _Place:
    """What a parameter's names say: they are few, and are read once."""

    component: str
    name: str
    language: Language
    is_replaced: bool


@lru_cache(maxsize=8192)
def _placed(flow_name: str, component_name: str, name: str) -> _Place:
    flow, component = parse_flow(flow_name), parse_flow(component_name)
    full_name = component.full_name
    is_replaced = any(one.full_name == full_name for one in flow.below_searches())
    return _Place(full_name, parameter_name(flow, component, name), language_of(component_name), is_replaced)


@lru_cache(maxsize=8192)
def _decoded(text: str | None, language: Language) -> DecodedValue:
    return decode_value(text, language)


def _of_estimator(flow: Component, values: Mapping[tuple[str, str], Value]) -> Configuration:
    estimator = flow.estimator.full_name
    return {name: value for (component, name), value in values.items() if component == estimator}
