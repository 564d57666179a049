"""Schema version 1: the first."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "artifact",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_artifact"),
    )
    op.create_table(
        "dataset",
        sa.Column("dataset_key", _KEY, nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("task_type", sa.String(length=16), nullable=False),
        sa.Column("n_rows", sa.BigInteger(), nullable=False),
        sa.Column("n_columns", sa.BigInteger(), nullable=False),
        sa.Column("n_classes", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dataset_key", name="pk_dataset"),
        sa.UniqueConstraint("dataset_id", name="uq_dataset_dataset_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dataset_task_type", "dataset", ["task_type"])

    op.create_table(
        "meta_feature_set",
        sa.Column("set_id", _KEY, nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("set_id", name="pk_meta_feature_set"),
        sa.UniqueConstraint("pack", "version", name="uq_meta_feature_set_pack_version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "search_space",
        sa.Column("space_id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("space_id", name="pk_search_space"),
        sa.UniqueConstraint("digest", name="uq_search_space_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_search_space_name", "search_space", ["name"])

    op.create_table(
        "source",
        sa.Column("source_id", _KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("source_id", name="pk_source"),
        sa.UniqueConstraint("name", name="uq_source_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "configuration",
        sa.Column("config_id", _KEY, nullable=False),
        sa.Column("space_id", _KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=6), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["search_space.space_id"], name="fk_configuration_space_id_search_space"
        ),
        sa.PrimaryKeyConstraint("config_id", name="pk_configuration"),
        sa.UniqueConstraint("digest", name="uq_configuration_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meta_features",
        sa.Column("set_id", _KEY, nullable=False),
        sa.Column("dataset_key", _KEY, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_key"],
            ["dataset.dataset_key"],
            name="fk_meta_features_dataset_key_dataset",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["meta_feature_set.set_id"], name="fk_meta_features_set_id_meta_feature_set"
        ),
        sa.PrimaryKeyConstraint("set_id", "dataset_key", name="pk_meta_features"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "study",
        sa.Column("study_id", _KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("dataset_key", _KEY, nullable=False),
        sa.Column("space_id", _KEY, nullable=False),
        sa.Column("source_id", _KEY, nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("other_metrics", sa.Text(), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
        sa.Column("n_fit_rows", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("direction IN ('minimize', 'maximize')", name="ck_study_direction"),
        sa.ForeignKeyConstraint(
            ["dataset_key"], ["dataset.dataset_key"], name="fk_study_dataset_key_dataset", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.source_id"], name="fk_study_source_id_source"),
        sa.ForeignKeyConstraint(
            ["space_id"], ["search_space.space_id"], name="fk_study_space_id_search_space"
        ),
        sa.PrimaryKeyConstraint("study_id", name="pk_study"),
        sa.UniqueConstraint("digest", name="uq_study_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_study_dataset_key_space_id", "study", ["dataset_key", "space_id"])
    op.create_index("ix_study_metric", "study", ["metric"])

    op.create_table(
        "trial",
        sa.Column("study_id", _KEY, nullable=False),
        sa.Column("config_id", _KEY, nullable=False),
        sa.Column("seed_code", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("fit_seconds", sa.Double(), nullable=True),
        sa.Column("fold_scores", sa.LargeBinary(), nullable=True),
        sa.Column("other_values", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(value IS NULL) = (status <> 0)", name="ck_trial_value_iff_complete"),
        sa.ForeignKeyConstraint(
            ["config_id"], ["configuration.config_id"], name="fk_trial_config_id_configuration"
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.study_id"], name="fk_trial_study_id_study", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("study_id", "config_id", "seed_code", "ordinal", name="pk_trial"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trial_study_id_value", "trial", ["study_id", "value"])
