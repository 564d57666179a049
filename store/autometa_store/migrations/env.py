"""Runs migrations on the connection that `autometa_store.schema` hands over."""

from alembic import context

from autometa_store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction is around everything
)
context.run_migrations()
