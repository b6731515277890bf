"""Alembic's environment: it runs on the connection that `schema.db.migrate` gives it, and on nothing else."""

from alembic import context

from schema.db.tables import Tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Tables.metadata,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
