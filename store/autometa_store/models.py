"""The tables: data sets, meta-features, search spaces, studies, configurations, trials, artifacts, sources.

What a trial costs decides their shape (bytes measured in SQLite, see `benchmarks/bench_store.py`):

* A configuration stands once, as a JSON array in its space's order, under a six-byte digest. Portfolios
  and foreign set-ups recur on hundreds of data sets; where nothing recurs, the table costs 20 bytes a trial.
* A trial's identity (study, configuration, seed, repeat) is its primary key, and the table *is* that index
  (WITHOUT ROWID); one more index, by value, answers "the best of this study" by reading ten entries.
* Fold scores and scores in further metrics are two blobs of eight-byte floats. The names of the further
  metrics stand once, in the study: a row for each score would cost 40 bytes where a blob costs eight.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class _Blob(LargeBinary):
    """Bytes as they are: both drivers take and give them, and a conversion for each value costs load time."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Nothing to do."""

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Nothing to do."""


# SQLite counts a row only if its key is an INTEGER; PostgreSQL should not run out at two thousand million.
_Key = BigInteger().with_variant(Integer(), "sqlite")
_AUTOINCREMENT = {"sqlite_autoincrement": True}  # a deleted key must never come back as another thing's
_CLUSTERED = {"sqlite_with_rowid": False}


class Base(DeclarativeBase):
    """Root of the tables; names every constraint, so that a migration can find it."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class SourceRow(Base):
    """Where trials come from, and how far an import of it has come."""

    __tablename__ = "source"
    __table_args__ = (_AUTOINCREMENT,)

    source_id: Mapped[int] = mapped_column(_Key, primary_key=True)
    name: Mapped[str] = mapped_column(Text, unique=True)
    cursor: Mapped[str | None] = mapped_column(Text)  # canonical JSON object
    state: Mapped[str | None] = mapped_column(String(16))


class DatasetRow(Base):
    """A data set by its public id: a content fingerprint or a foreign id."""

    __tablename__ = "dataset"
    __table_args__ = (Index(None, "task_type"), _AUTOINCREMENT)

    dataset_key: Mapped[int] = mapped_column(_Key, primary_key=True)
    dataset_id: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    family: Mapped[str] = mapped_column(Text)
    task_type: Mapped[str] = mapped_column(String(16))
    n_rows: Mapped[int] = mapped_column(BigInteger)
    n_columns: Mapped[int] = mapped_column(BigInteger)
    n_classes: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(Text)


class MetaFeatureSetRow(Base):
    """The names of one version of a pack, once for all its vectors."""

    __tablename__ = "meta_feature_set"
    __table_args__ = (UniqueConstraint("pack", "version"), _AUTOINCREMENT)

    set_id: Mapped[int] = mapped_column(_Key, primary_key=True)
    pack: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    names: Mapped[str] = mapped_column(Text)  # canonical JSON array


class MetaFeatureRow(Base):
    """One data set's numbers: little-endian eight-byte floats, NaN where a feature does not apply."""

    __tablename__ = "meta_features"
    __table_args__ = (_CLUSTERED,)

    set_id: Mapped[int] = mapped_column(ForeignKey("meta_feature_set.set_id"), primary_key=True)
    dataset_key: Mapped[int] = mapped_column(
        ForeignKey("dataset.dataset_key", ondelete="CASCADE"), primary_key=True
    )
    vector: Mapped[bytes] = mapped_column(_Blob)


class SearchSpaceRow(Base):
    """A typed, versioned search space."""

    __tablename__ = "search_space"
    __table_args__ = (Index(None, "name"), _AUTOINCREMENT)

    space_id: Mapped[int] = mapped_column(_Key, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(String(32), unique=True)
    definition: Mapped[str] = mapped_column(Text)  # SearchSpace.to_json()


class StudyRow(Base):
    """One data set, one space, one primary metric, one source, one set of software versions."""

    __tablename__ = "study"
    __table_args__ = (
        Index(None, "metric"),
        Index(None, "dataset_key", "space_id"),
        CheckConstraint("direction IN ('minimize', 'maximize')", name="direction"),
        _AUTOINCREMENT,
    )

    study_id: Mapped[int] = mapped_column(_Key, primary_key=True)
    digest: Mapped[bytes] = mapped_column(_Blob(16), unique=True)
    dataset_key: Mapped[int] = mapped_column(ForeignKey("dataset.dataset_key", ondelete="CASCADE"))
    space_id: Mapped[int] = mapped_column(ForeignKey("search_space.space_id"))
    source_id: Mapped[int] = mapped_column(ForeignKey("source.source_id"))
    metric: Mapped[str] = mapped_column(Text)
    direction: Mapped[str] = mapped_column(String(8))
    other_metrics: Mapped[str] = mapped_column(
        Text
    )  # canonical JSON array: the order inside Trial.other_values
    versions: Mapped[str] = mapped_column(Text)  # canonical JSON object
    n_fit_rows: Mapped[int | None] = mapped_column(BigInteger)


class ConfigurationRow(Base):
    """The parameters of a trial, once for all trials that have them."""

    __tablename__ = "configuration"
    __table_args__ = (_AUTOINCREMENT,)

    config_id: Mapped[int] = mapped_column(_Key, primary_key=True)
    space_id: Mapped[int] = mapped_column(ForeignKey("search_space.space_id"))
    digest: Mapped[bytes] = mapped_column(_Blob(6), unique=True)
    params: Mapped[str] = mapped_column(Text)  # canonical JSON array in the space's order


class TrialRow(Base):
    """One evaluation. `value` is NULL if, and only if, there is none; NaN and infinities never stand here."""

    __tablename__ = "trial"
    __table_args__ = (
        Index(None, "study_id", "value"),
        CheckConstraint("(value IS NULL) = (status <> 0)", name="value_iff_complete"),
        _CLUSTERED,
    )

    study_id: Mapped[int] = mapped_column(ForeignKey("study.study_id", ondelete="CASCADE"), primary_key=True)
    config_id: Mapped[int] = mapped_column(ForeignKey("configuration.config_id"), primary_key=True)
    seed_code: Mapped[int] = mapped_column(BigInteger, primary_key=True)  # codecs.encode_seed
    ordinal: Mapped[int] = mapped_column(
        Integer, primary_key=True
    )  # repeats of a configuration with one seed
    number: Mapped[int] = mapped_column(Integer)  # the order in which they ran
    value: Mapped[float | None]
    status: Mapped[int] = mapped_column(SmallInteger)  # codecs.STATUS_CODES
    fit_seconds: Mapped[float | None]
    fold_scores: Mapped[bytes | None] = mapped_column(_Blob)
    other_values: Mapped[bytes | None] = mapped_column(_Blob)  # NaN: no score in that metric


class ArtifactRow(Base):
    """A named bundle of arrays: the bytes of an .npz without objects, and their digest."""

    __tablename__ = "artifact"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    payload: Mapped[bytes] = mapped_column(_Blob)
