"""parse_flow: the components behind an OpenML flow's name, under the public names of their libraries.

A flow's name is a path with OpenML's own version of it, "sklearn.svm._classes.SVC(16)"; one that is made of
others names them in brackets, "sklearn.pipeline.Pipeline(imp=sklearn.impute._base.SimpleImputer,svc=…)(1)".
Libraries move their modules, so that a class has many paths; its public name is the same in all versions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_BRACKETS = 100  # in a name; the longest real ones have ten
_VERSION = re.compile(r"\((\d+)\)$")
_DEEPER = frozenset(  # public modules below a package of scikit-learn
    {
        "sklearn.feature_extraction.image",
        "sklearn.feature_extraction.text",
        "sklearn.gaussian_process.kernels",
    }
)
_MOVED = {
    "catboost.core": "catboost",
    "lightgbm.sklearn": "lightgbm",
    "sklearn.grid_search": "sklearn.model_selection",
    "xgboost.sklearn": "xgboost",
}
_PIPELINES = frozenset({"sklearn.pipeline.Pipeline", "imblearn.pipeline.Pipeline"})


@dataclass(frozen=True, slots=True)
class Component:
    """A flow, or a part of one.

    Attributes:
        name: public path of the class, e.g. "sklearn.svm.SVC"; the text itself where it is no such path.
        parts: what it is made of, by the name of the step, in order.
        version: OpenML's number, not the library's version; None if the name has none.
    """

    name: str
    parts: tuple[tuple[str, "Component"], ...] = ()
    version: int | None = None

    @property
    def full_name(self) -> str:
        """Public name with those of its parts, without versions: the same for every upload of the flow."""
        parts = ",".join(f"{step}={part.full_name}" if step else part.full_name for step, part in self.parts)
        return f"{self.name}({parts})" if self.parts else self.name

    @property
    def is_search(self) -> bool:
        """True for scikit-learn's searches over the parameters of their estimator.

        The best parameters are not part of a setup, and what the setup says of the estimator is what the
        search began with, not what was scored.
        """
        return self.name.endswith("SearchCV")

    @property
    def estimator(self) -> "Component":
        """What predicts: the last step of a pipeline, else the component itself."""
        return self.parts[-1][1].estimator if self.name in _PIPELINES and self.parts else self

    @property
    def preprocessing(self) -> tuple["Component", ...]:
        """What comes before the estimator, with its parts."""
        if self.name not in _PIPELINES or not self.parts:
            return ()
        before = [one for _, part in self.parts[:-1] for one in part.walk()]
        return (*before, *self.parts[-1][1].preprocessing)

    def walk(self) -> Iterator["Component"]:
        """Itself and all parts of parts."""
        yield self
        for _, part in self.parts:
            yield from part.walk()

    def below_searches(self) -> Iterator["Component"]:
        """The components whose parameters a search replaces."""
        for one in self.walk():
            if one.is_search:
                for _, part in one.parts:
                    yield from part.walk()


@lru_cache(maxsize=4096)
def parse_flow(text: str) -> Component:
    """The components of a flow's name; never raises: what is no such name is a component of that name.

    Args:
        text: with or without version.

    Example:
        >>> flow = parse_flow("sklearn.pipeline.Pipeline(s=sklearn.svm.classes.SVC)(3)")
        >>> flow.version, flow.full_name, flow.estimator.name
        (3, 'sklearn.pipeline.Pipeline(s=sklearn.svm.SVC)', 'sklearn.svm.SVC')
    """
    return _parsed(text) if text.count("(") <= MAX_BRACKETS else Component(text)


def public_name(path: str) -> str:
    """The path under which a library offers a class, whatever file it lives in.

    scikit-learn offers its classes one level deep, with three exceptions; elsewhere modules with an
    underscore are private.

    Args:
        path: of the class, with its module.

    Example:
        >>> public_name("sklearn.ensemble.forest.RandomForestClassifier"), public_name("a._b.C")
        ('sklearn.ensemble.RandomForestClassifier', 'a.C')
    """
    module, _, name = path.rpartition(".")
    if not module or not name:
        return path
    steps = module.split(".")
    if steps[0] == "sklearn":
        depth = 3 if ".".join(steps[:3]) in _DEEPER else 2
        steps = steps[:depth]
    public = ".".join(step for step in steps if not step.startswith("_"))
    return f"{_MOVED.get(public, public)}.{name}" if public else name


def parameter_name(flow: Component, component: Component, name: str) -> str:
    """The name of a parameter in the flow's space: its identity is (component, name), not the name alone.

    The flow's own parameters keep their names, those of its parts stand behind the part's public name.

    Args:
        flow: the whole.
        component: that the parameter belongs to.
        name: OpenML's, e.g. "C".

    Example:
        >>> flow = parse_flow("sklearn.pipeline.Pipeline(s=sklearn.svm.classes.SVC)(3)")
        >>> parameter_name(flow, parse_flow("sklearn.svm.classes.SVC(7)"), "C")
        'sklearn.svm.SVC:C'
    """
    if component.full_name == flow.full_name:
        return name
    namesakes = {one.full_name for one in flow.walk() if one.name == component.name}
    return f"{component.full_name if len(namesakes) > 1 else component.name}:{name}"


def _parsed(text: str) -> Component:
    found = _VERSION.search(text)
    bare = text[: found.start()] if found else text
    version = int(found[1]) if found and len(found[1]) < 19 else None
    head, bracket, rest = bare.partition("(")
    inner = _split(rest[:-1]) if bracket and rest.endswith(")") else None
    if inner is None:
        return Component(bare if bracket else public_name(bare), version=version)
    parts = []
    for part in inner:
        step, equals, flow = part.partition("=")
        is_named = equals and "(" not in step
        parts.append((step, _parsed(flow)) if is_named else ("", _parsed(part)))
    return Component(public_name(head), tuple(parts), version)


def _split(text: str) -> list[str] | None:
    """The pieces between commas outside all brackets; None where brackets do not match."""
    pieces, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return None
        if sign == "," and depth == 0:
            pieces.append(text[start:place])
            start = place + 1
    return None if depth or not text else [*pieces, text[start:]]
