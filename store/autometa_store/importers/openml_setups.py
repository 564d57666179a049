"""decode_setup: the hyper-parameters of a run, typed, under names that mean the same in every version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autometa.search_space import Configuration, Value
from autometa_store.importers.openml_flows import Component, parameter_name, parse_flow
from autometa_store.importers.openml_records import ListedParameter
from autometa_store.importers.openml_values import decode_value, language_of


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
    replaced = {component.full_name for component in flow.below_searches()}
    values: dict[tuple[str, str], Value] = {}
    configuration: dict[str, Value] = {}
    n_kept = 0
    for one in parameters:
        component = parse_flow(one.flow_name)
        decoded = decode_value(one.value, language_of(one.flow_name))
        n_kept += not decoded.is_understood
        if decoded.is_reference or component.full_name in replaced:
            continue
        values[component.full_name, one.name] = decoded.plain
        configuration[parameter_name(flow, component, one.name)] = decoded.plain
    return Setup(flow, configuration, _of_estimator(flow, values), n_kept)


def _of_estimator(flow: Component, values: Mapping[tuple[str, str], Value]) -> Configuration:
    estimator = flow.estimator.full_name
    return {name: value for (component, name), value in values.items() if component == estimator}
