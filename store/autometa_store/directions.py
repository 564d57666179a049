"""Which way a metric is better: as its studies say, or as autometa knows it."""

from sqlalchemy import Connection, select

from autometa.dataset import TaskType
from autometa.history import Direction
from autometa.metrics import direction_of
from autometa_store.models import StudyRow


def read_direction(connection: Connection, metric: str, task_type: TaskType) -> Direction:
    """The direction of the studies in this metric; where there is none, of autometa's metric of this name.

    Raises:
        UnknownNameError: there is neither.
    """
    query = select(StudyRow.direction).where(StudyRow.metric == metric).limit(1)
    stored = connection.execute(query).scalar_one_or_none()
    if stored is None:
        return direction_of(metric, task_type)
    return "maximize" if stored == "maximize" else "minimize"
