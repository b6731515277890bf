"""Rows that cost less: a write of a run's history looks the run up once, not once a row; and events that may be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: Who writes to these holds the run's row (FOR KEY SHARE or stronger) until the transaction ends, so a deletion of the run waits
#: for them; then its trigger, which sees what they wrote, deletes it all.
HOT_TABLES = ("node_executions", "emissions", "run_outputs", "run_events", "run_logs")
DELETE_ROWS = "\n".join(f"  DELETE FROM {table} WHERE run_id IN (SELECT id FROM gone);" for table in HOT_TABLES)
#: As the owner of the tables, as foreign keys do. Planned each time: how many runs go at once differs.
FUNCTION = f"""
CREATE FUNCTION delete_rows_of_runs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET plan_cache_mode = force_custom_plan AS $$
BEGIN
{DELETE_ROWS}
  RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER runs_delete_rows AFTER DELETE ON runs REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION delete_rows_of_runs()
"""
AT_ONCE = sa.text(
    "parent_run_id IS NULL AND (status = 'RUNNING' OR (status = 'QUEUED' "
    "AND (handed_over_at IS NOT NULL OR start_attempts > 0)))"
)


#: Indexes of columns that few runs have, (name, columns, is unique): of those runs only, as each move of a run is in each index.
RARE = (
    ("uq_runs_idempotency_key", ["tenant_id", "idempotency_key"], True),
    ("ix_runs_parent", ["parent_run_id"], False),
    ("ix_runs_continued_from", ["continued_from_run_id"], False),
)


def upgrade() -> None:
    for table in HOT_TABLES:
        op.drop_constraint(f"fk_{table}_runs", table, type_="foreignkey")
    op.execute(FUNCTION)
    op.execute(TRIGGER)
    op.drop_index("ix_node_executions_node", table_name="node_executions")
    op.create_table(
        "forgotten_events",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_forgotten_events")),
    )
    op.execute("GRANT SELECT ON forgotten_events TO drystone_tenant")
    op.create_table(
        "region_steps",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_region_steps_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "region", "step", name=op.f("pk_region_steps")),
    )
    op.execute("ALTER TABLE forgotten_events ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY own ON forgotten_events TO drystone_tenant USING (tenant_id = current_tenant())")
    op.create_index("ix_protocol_artifacts_file", "protocol_artifacts", ["file_id"])
    index_waiting()
    index_lists()


def index_lists() -> None:
    """Let lists of what a trigger started, of an agent's runs of one state, of lines without streamed text, and of what is waited
    for read only what they show."""
    for name, columns, is_unique in RARE:
        op.drop_index(name, table_name="runs")
        is_there = sa.text(f"{columns[-1]} IS NOT NULL")
        op.create_index(name, "runs", columns, unique=is_unique, postgresql_where=is_there)
    op.create_index("ix_runs_trigger", "runs", ["tenant_id", "trigger", "created_at", "id"])
    op.create_index("ix_runs_agent_status_created", "runs", ["tenant_id", "graph_id", "status", "created_at", "id"])
    op.create_index(
        "ix_node_executions_waits",
        "node_executions",
        ["run_id", "execution"],
        postgresql_where=sa.text("waits_for IS NOT NULL"),
    )
    op.create_index("ix_run_logs_lines", "run_logs", ["run_id", "id"], postgresql_where=sa.text("pin IS NULL"))


def index_lists_no_more() -> None:
    op.drop_index("ix_run_logs_lines", table_name="run_logs")
    op.drop_index("ix_node_executions_waits", table_name="node_executions")
    op.drop_index("ix_runs_agent_status_created", table_name="runs")
    op.drop_index("ix_runs_trigger", table_name="runs")
    for name, columns, is_unique in RARE:
        op.drop_index(name, table_name="runs")
        op.create_index(name, "runs", columns, unique=is_unique)


def index_waiting() -> None:
    """Let the starter go from agent to agent, and count what runs, without reading all that waits."""
    op.drop_index("ix_runs_outbox", table_name="runs")
    op.create_index(
        "ix_runs_outbox",
        "runs",
        ["tenant_id", "graph_id", "depth", "created_at", "id"],
        postgresql_where=sa.text("handed_over_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index("ix_runs_at_once", "runs", ["tenant_id", "graph_id"], postgresql_where=AT_ONCE)
    op.drop_index("ix_runs_cancel", table_name="runs")
    op.create_index(
        "ix_runs_cancel",
        "runs",
        ["cancel_requested_at"],
        postgresql_where=sa.text("cancel_requested_at IS NOT NULL AND ended_at IS NULL"),
    )


def index_waiting_no_more() -> None:
    op.drop_index("ix_runs_cancel", table_name="runs")
    op.create_index(
        "ix_runs_cancel",
        "runs",
        ["cancel_requested_at"],
        postgresql_where=sa.text("cancel_requested_at IS NOT NULL"),
    )
    op.drop_index("ix_runs_at_once", table_name="runs")
    op.drop_index("ix_runs_outbox", table_name="runs")
    op.create_index(
        "ix_runs_outbox",
        "runs",
        ["start_after"],
        postgresql_where=sa.text("handed_over_at IS NULL AND status = 'QUEUED'"),
    )


def downgrade() -> None:
    index_lists_no_more()
    index_waiting_no_more()
    op.drop_table("region_steps")
    op.drop_index("ix_protocol_artifacts_file", table_name="protocol_artifacts")
    op.drop_table("forgotten_events")
    op.create_index("ix_node_executions_node", "node_executions", ["run_id", "node_id", "ordinal"])
    op.execute("DROP TRIGGER runs_delete_rows ON runs")
    op.execute("DROP FUNCTION delete_rows_of_runs()")
    for table in HOT_TABLES:
        # What a process of the revision before wrote while the run was deleted: nobody can see it, and the key would be refused.
        op.execute(f"DELETE FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = t.run_id)")
        op.create_foreign_key(op.f(f"fk_{table}_runs"), table, "runs", ["run_id"], ["id"], ondelete="CASCADE")
