"""Control while runs run: orders, halts, limits, approvals, schedules and webhooks; what a run was continued from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Rows of these belong to the tenant that they name.
TENANT_TABLES = (
    "approval_links", "approval_votes", "approvals", "delivery_runs", "run_halts", "run_limits", "run_orders",
    "schedule_fires", "schedules", "webhook_attachments", "webhook_deliveries", "webhooks",
)  # fmt: skip


def upgrade() -> None:
    make_tables()
    for table in TENANT_TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO drystone_tenant")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        mine = "tenant_id = current_tenant()"
        op.execute(f"CREATE POLICY own ON {table} TO drystone_tenant USING ({mine}) WITH CHECK ({mine})")


def make_tables() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("execution", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("held_steps", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("node_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=True),
        sa.Column("is_editable", sa.Boolean(), nullable=False),
        sa.Column("roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("needed", sa.Integer(), nullable=False),
        sa.Column("allows_self", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("on_timeout", sa.String(), nullable=False),
        sa.Column("escalate_roles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_escalated", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("decided_data", sa.JSON(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_approvals_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_run", "approvals", ["run_id", "execution"], unique=False)
    op.create_index("ix_approvals_tenant", "approvals", ["tenant_id", "status", "created_at", "id"], unique=False)
    op.create_table(
        "run_halts",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("node_id", sa.String(), nullable=True),
        sa.Column("execution", sa.Integer(), nullable=True),
        sa.Column("set_by_order", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("cleared_by_order", sa.Integer(), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_halts_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_run_halts")),
    )
    op.create_index(
        "ix_run_halts_open",
        "run_halts",
        ["tenant_id", "set_at"],
        unique=False,
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "run_limits",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("executions_max", sa.Integer(), nullable=True),
        sa.Column("wall_seconds_max", sa.Double(), nullable=True),
        sa.Column("in_flight_max", sa.Integer(), nullable=True),
        sa.Column("running_max", sa.Integer(), nullable=True),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_run_limits_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "graph_id", name=op.f("pk_run_limits")),
    )
    op.create_table(
        "run_orders",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("request_hash", sa.String(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deliver_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("outcome_detail", sa.String(), nullable=True),
        sa.Column("outcome_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_orders_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_run_orders")),
    )
    op.create_index(
        "ix_run_orders_outbox",
        "run_orders",
        ["deliver_after"],
        unique=False,
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("uq_run_orders_key", "run_orders", ["run_id", "key"], unique=True)
    op.create_index(
        "ix_run_orders_key", "run_orders", ["tenant_id", "key"], postgresql_where=sa.text("key IS NOT NULL")
    )
    op.create_table(
        "schedules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("overlap", sa.String(), nullable=False),
        sa.Column("catch_up_seconds", sa.Integer(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("synced_revision", sa.Integer(), nullable=True),
        sa.Column("sync_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "graph_id"],
            ["graphs.tenant_id", "graphs.id"],
            name=op.f("fk_schedules_graphs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    op.create_index("ix_schedules_graph", "schedules", ["tenant_id", "graph_id", "created_at", "id"], unique=False)
    op.create_index("ix_schedules_tenant", "schedules", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_schedules_unsynced",
        "schedules",
        ["sync_after"],
        unique=False,
        postgresql_where=sa.text("synced_revision IS DISTINCT FROM revision"),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(), nullable=True),
        sa.Column("credential_id", sa.Uuid(), nullable=True),
        sa.Column("provider_hook_id", sa.String(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_webhooks_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_index("ix_webhooks_tenant", "webhooks", ["tenant_id", "created_at", "id"], unique=False)
    op.create_index("uq_webhooks_token_hash", "webhooks", ["token_hash"], unique=True)
    op.create_table(
        "approval_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_approval_links_approvals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_links")),
    )
    op.create_index("ix_approval_links_approval", "approval_links", ["approval_id"], unique=False)
    op.create_index("uq_approval_links_token_hash", "approval_links", ["token_hash"], unique=True)
    op.create_table(
        "approval_votes",
        sa.Column("approval_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("is_approval", sa.Boolean(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_approval_votes_approvals"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("approval_id", "person_id", name=op.f("pk_approval_votes")),
    )
    op.create_table(
        "schedule_fires",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_schedule_fires_runs"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_fires_schedules"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("schedule_id", "scheduled_at", name=op.f("pk_schedule_fires")),
    )
    op.create_index("ix_schedule_fires_run", "schedule_fires", ["run_id"], unique=False)
    op.create_table(
        "webhook_attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=True),
        sa.Column("preset_id", sa.Uuid(), nullable=True),
        sa.Column("input_name", sa.String(), nullable=True),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("events", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_attachments_webhooks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_attachments")),
    )
    op.create_index("ix_webhook_attachments_graph", "webhook_attachments", ["tenant_id", "graph_id"], unique=False)
    op.create_index("ix_webhook_attachments_webhook", "webhook_attachments", ["webhook_id"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("repeats", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("dispatch_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhooks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        "ix_webhook_deliveries_waiting",
        "webhook_deliveries",
        ["dispatch_after"],
        unique=False,
        postgresql_where=sa.text("dispatched_at IS NULL"),
    )
    op.create_index(
        "ix_webhook_deliveries_webhook", "webhook_deliveries", ["webhook_id", "created_at", "id"], unique=False
    )
    op.create_index("uq_webhook_deliveries_key", "webhook_deliveries", ["webhook_id", "key"], unique=True)
    op.create_table(
        "delivery_runs",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("replay", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_deliveries.id"],
            name=op.f("fk_delivery_runs_webhook_deliveries"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_delivery_runs_runs"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("delivery_id", "attachment_id", "replay", name=op.f("pk_delivery_runs")),
    )
    op.create_index("ix_delivery_runs_run", "delivery_runs", ["run_id"], unique=False)
    op.add_column("node_executions", sa.Column("waits_for", sa.JSON(), nullable=True))
    op.add_column("node_executions", sa.Column("reused_from", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("signal_key", sa.String(), nullable=True))
    op.add_column("runs", sa.Column("limits", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("continued_from_run_id", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("continuation", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("seed", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("problem", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("trigger_id", sa.Uuid(), nullable=True))
    op.create_index("ix_runs_continued_from", "runs", ["continued_from_run_id"], unique=False)
    op.create_index(
        "ix_runs_problem",
        "runs",
        ["tenant_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("problem IS NOT NULL"),
    )
    op.create_index(
        "uq_runs_signal_key",
        "runs",
        ["tenant_id", "graph_id", "signal_key"],
        unique=True,
        postgresql_where=sa.text(
            "signal_key IS NOT NULL AND status IN ('INCOMPLETE', 'QUEUED', 'RUNNING', 'REVIEW', 'PAUSED')"
        ),
    )


def downgrade() -> None:
    for table in TENANT_TABLES:
        op.execute(f"DROP POLICY own ON {table}")
    op.drop_index(
        "uq_runs_signal_key",
        table_name="runs",
        postgresql_where=sa.text(
            "signal_key IS NOT NULL AND status IN ('INCOMPLETE', 'QUEUED', 'RUNNING', 'REVIEW', 'PAUSED')"
        ),
    )
    op.drop_index("ix_runs_problem", table_name="runs", postgresql_where=sa.text("problem IS NOT NULL"))
    op.drop_index("ix_runs_continued_from", table_name="runs")
    op.drop_column("runs", "trigger_id")
    op.drop_column("runs", "problem")
    op.drop_column("runs", "seed")
    op.drop_column("runs", "continuation")
    op.drop_column("runs", "continued_from_run_id")
    op.drop_column("runs", "limits")
    op.drop_column("runs", "signal_key")
    op.drop_column("node_executions", "reused_from")
    op.drop_column("node_executions", "waits_for")
    op.drop_index("ix_delivery_runs_run", table_name="delivery_runs")
    op.drop_table("delivery_runs")
    op.drop_index("uq_webhook_deliveries_key", table_name="webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_webhook", table_name="webhook_deliveries")
    op.drop_index(
        "ix_webhook_deliveries_waiting",
        table_name="webhook_deliveries",
        postgresql_where=sa.text("dispatched_at IS NULL"),
    )
    op.drop_table("webhook_deliveries")
    op.drop_index("ix_webhook_attachments_webhook", table_name="webhook_attachments")
    op.drop_index("ix_webhook_attachments_graph", table_name="webhook_attachments")
    op.drop_table("webhook_attachments")
    op.drop_index("ix_schedule_fires_run", table_name="schedule_fires")
    op.drop_table("schedule_fires")
    op.drop_table("approval_votes")
    op.drop_index("uq_approval_links_token_hash", table_name="approval_links")
    op.drop_index("ix_approval_links_approval", table_name="approval_links")
    op.drop_table("approval_links")
    op.drop_index("uq_webhooks_token_hash", table_name="webhooks")
    op.drop_index("ix_webhooks_tenant", table_name="webhooks")
    op.drop_table("webhooks")
    op.drop_index(
        "ix_schedules_unsynced",
        table_name="schedules",
        postgresql_where=sa.text("synced_revision IS DISTINCT FROM revision"),
    )
    op.drop_index("ix_schedules_tenant", table_name="schedules")
    op.drop_index("ix_schedules_graph", table_name="schedules")
    op.drop_table("schedules")
    op.drop_index("ix_run_orders_key", table_name="run_orders", postgresql_where=sa.text("key IS NOT NULL"))
    op.drop_index("uq_run_orders_key", table_name="run_orders")
    op.drop_index("ix_run_orders_outbox", table_name="run_orders", postgresql_where=sa.text("outcome IS NULL"))
    op.drop_table("run_orders")
    op.drop_table("run_limits")
    op.drop_index("ix_run_halts_open", table_name="run_halts", postgresql_where=sa.text("cleared_at IS NULL"))
    op.drop_table("run_halts")
    op.drop_index("ix_approvals_tenant", table_name="approvals")
    op.drop_index("ix_approvals_run", table_name="approvals")
    op.drop_table("approvals")
