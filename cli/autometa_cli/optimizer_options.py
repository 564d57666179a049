"""What the commands of `autometa optimizer` are asked for: families, and the card of a run."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autometa.learned_optimizers.tasks import TaskFamily

QUADRATICS, DIGITS = "quadratics", "digits"
CARD = "run.json"


def require_torch() -> None:
    """Raise unless torch is installed.

    Raises:
        UnknownNameError: it is not.
    """
    from importlib.util import find_spec

    from autometa.errors import UnknownNameError

    if find_spec("torch") is None:
        raise UnknownNameError("learned optimizers need the package torch; pip install 'autometa[torch]'")


@dataclass(frozen=True, slots=True)
class FamilyOptions:
    """A task family as it is asked for on the command line.

    Attributes:
        data: "quadratics", "digits" or the file of a table.
        target: column of the table.
        hidden: units of the hidden layers, such as "20" or "20,20"; "" is a linear model.
        activation: between them.
        batch: rows of a minibatch.
        size: parameters of a quadratic.
    """

    data: str
    target: str | None = None
    hidden: str = "20"
    activation: str = "sigmoid"
    batch: int = 128
    size: int = 10

    def family(self) -> "TaskFamily":
        """The family.

        Raises:
            TrainingError: sizes that are none.
            InvalidDatasetError: the file cannot be read or used.
        """
        from autometa.errors import TrainingError
        from autometa.learned_optimizers.tasks import LabelledData, MLPFamily, Quadratics, digits

        if self.data == QUADRATICS:
            return Quadratics(self.size)
        try:
            hidden = tuple(int(word) for word in self.hidden.split(",") if word.strip())
        except ValueError as error:
            raise TrainingError(
                f"hidden layers are {self.hidden!r}; give whole numbers such as 20 or 20,20"
            ) from error
        if self.data == DIGITS:
            data = digits()
        else:
            from autometa.readers import read_table

            data = LabelledData.of(read_table(self.data, target=self.target).dataset)
        return MLPFamily(data, hidden, self.activation, self.batch)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """A run as it is asked for; kept in its folder, so that it can go on.

    Attributes:
        family: of the tasks.
        steps: updates of the weights, for pieces of 20 steps.
        tasks: side by side.
        horizon: steps of a task.
        seed: of weights, tasks and minibatches.
        cold: nothing is learned from the store.
    """

    family: FamilyOptions
    steps: int
    tasks: int
    horizon: int
    seed: int
    cold: bool

    def write(self, folder: Path) -> None:
        """Keep it in a new folder.

        Raises:
            TrainingError: there is a run already.
        """
        from autometa.errors import TrainingError

        if (folder / CARD).exists():
            raise TrainingError(f"{folder} has a run already; --resume goes on, --out takes another folder")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CARD).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "RunOptions":
        """The run of this folder.

        Raises:
            TrainingError: there is none.
        """
        from autometa.errors import TrainingError

        try:
            found: Mapping[str, object] = json.loads((folder / CARD).read_text(encoding="utf-8"))
            rest = {name: value for name, value in found.items() if name != "family"}
            return cls(family=FamilyOptions(**found["family"]), **rest)  # type: ignore[arg-type]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"{folder} is no run of `autometa optimizer train` ({error}); give the folder of its --out"
            ) from error
