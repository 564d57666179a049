"""Replacing all that is stored of a source by what the source says now, in the caller's transaction."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, select

from autometa.history import PriorStudy
from autometa_store.models import ConfigurationRow, SearchSpaceRow, SourceRow, StudyRow, TrialRow
from autometa_store.recording import record_study


def replace_studies(connection: Connection, source: str, studies: Sequence[PriorStudy]) -> tuple[int, int]:
    """Store the studies in the place of all that the source had; what nobody uses any more goes too.

    Returns:
        How many trials of the source were stored before, and how many are now.

    Raises:
        StoreError: as `record_study`.
    """
    n_before = _count_trials(connection, source)
    old_spaces = list(connection.scalars(select(StudyRow.space_id).join(SourceRow).where(_is_of(source))))
    study_ids = select(StudyRow.study_id).join(SourceRow).where(_is_of(source))
    connection.execute(delete(TrialRow).where(TrialRow.study_id.in_(study_ids)))
    connection.execute(delete(StudyRow).where(StudyRow.study_id.in_(study_ids)))
    for study in studies:
        record_study(connection, study)
    for space_id in dict.fromkeys(old_spaces):
        _drop_unused(connection, space_id)
    return n_before, _count_trials(connection, source)


def _is_of(source: str) -> ColumnElement[bool]:
    return SourceRow.name == source


def _count_trials(connection: Connection, source: str) -> int:
    query = select(func.count()).select_from(TrialRow).join(StudyRow).join(SourceRow).where(_is_of(source))
    return connection.execute(query).scalar_one()


def _drop_unused(connection: Connection, space_id: int) -> None:
    """Delete the space's configurations without a trial, and the space if no study is left."""
    used = select(TrialRow.config_id).join(StudyRow).where(StudyRow.space_id == space_id)
    connection.execute(
        delete(ConfigurationRow).where(
            ConfigurationRow.space_id == space_id, ConfigurationRow.config_id.not_in(used)
        )
    )
    has_study = select(StudyRow.study_id).where(StudyRow.space_id == space_id).exists()
    connection.execute(delete(SearchSpaceRow).where(SearchSpaceRow.space_id == space_id, ~has_study))
