"""What blocks leave behind: calls of language models, values that agents remember; and who called an execution as a tool."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

#: Rows of these belong to the tenant that they name.
TENANT_TABLES = ("llm_calls", "remembered_values", "remembered_writes")


def upgrade() -> None:
    op.add_column("node_executions", sa.Column("caller", sa.JSON(), nullable=True))
    op.add_column("files", sa.Column("path", sa.String(), nullable=True))
    op.create_index(
        "uq_files_path",
        "files",
        ["tenant_id", "path", "owner_id"],
        unique=True,
        postgresql_where=sa.text("path IS NOT NULL AND status <> 'pending' AND deleted_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_files_left",
        "files",
        ["created_at"],
        postgresql_where=sa.text("deleted_at IS NOT NULL OR status = 'pending'"),
    )
    op.create_table(
        "llm_calls",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("execution", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cost_micro_usd", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_llm_calls_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "execution", "step", "number", name=op.f("pk_llm_calls")),
    )
    op.create_index("ix_llm_calls_tenant", "llm_calls", ["tenant_id", "created_at"])
    op.create_table(
        "remembered_values",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_remembered_values_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "owner_id", "graph_id", "key", name=op.f("pk_remembered_values")),
    )
    op.create_table(
        "remembered_writes",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("write_key", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_remembered_writes_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "write_key", name=op.f("pk_remembered_writes")),
    )
    for table in TENANT_TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO drystone_tenant")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        mine = "tenant_id = current_tenant()"
        op.execute(f"CREATE POLICY own ON {table} TO drystone_tenant USING ({mine}) WITH CHECK ({mine})")


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.drop_table(table)
    op.drop_index("ix_files_left", table_name="files")
    op.drop_index("uq_files_path", table_name="files")
    op.drop_column("files", "path")
    op.drop_column("node_executions", "caller")
