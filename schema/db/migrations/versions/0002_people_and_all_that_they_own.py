"""People, drafts, events, credentials, library and marketplace; row-level security for the role that the API works as."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: Rows of these belong to the tenant that they name.
TENANT_TABLES = (
    "api_keys", "audit_entries", "credentials", "files", "folders", "graph_drafts", "graph_versions", "graphs",
    "invitations", "library_entries", "memberships", "oauth_states", "plans", "presets", "protocol_artifacts",
    "protocol_steps", "protocol_tasks", "run_events", "run_shares", "runs", "values",
)  # fmt: skip
#: Rows of these belong to the tenant of their run.
RUN_TABLES = ("emissions", "node_executions", "run_logs", "run_outputs")
#: Rows of these are written by their tenant; who may read them is said beside.
SHOWN_TABLES = {
    "profiles": "true",
    "listings": "deleted_at IS NULL AND active_number IS NOT NULL",
    "listing_versions": "status = 'APPROVED'",
    "ratings": "true",
}

ROLE = """
DO $$ BEGIN
  CREATE ROLE drystone_tenant NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
TENANT = """
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE
RETURN nullif(current_setting('app.tenant', true), '')::uuid
"""
APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are added and never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""


def upgrade() -> None:
    make_tables()
    op.execute(ROLE)
    op.execute("GRANT drystone_tenant TO CURRENT_USER")
    op.execute("GRANT USAGE ON SCHEMA public TO drystone_tenant")
    op.execute(TENANT)
    secure()
    op.execute(APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def secure() -> None:
    """Let the API's role see and change the rows of the tenant that its transaction named, and nothing else."""
    for table in TENANT_TABLES:
        rights = "SELECT, INSERT" if table == "audit_entries" else "SELECT, INSERT, UPDATE, DELETE"
        allow(table, rights, "tenant_id = current_tenant()")
    for table in RUN_TABLES:
        allow(table, "SELECT, INSERT, UPDATE, DELETE", "EXISTS (SELECT 1 FROM runs r WHERE r.id = run_id)")
    for table, shown in SHOWN_TABLES.items():
        allow(table, "SELECT, INSERT, UPDATE, DELETE", "tenant_id = current_tenant()")
        op.execute(f"CREATE POLICY shown ON {table} FOR SELECT TO drystone_tenant USING ({shown})")
    allow("organisations", "SELECT, UPDATE", "id = current_tenant()")
    allow(
        "people",
        "SELECT (id, email, name, is_platform_admin, created_at, disabled_at)",
        "EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = people.id)",
    )


def allow(table: str, rights: str, whose: str) -> None:
    op.execute(f'GRANT {rights} ON "{table}" TO drystone_tenant')
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY own ON "{table}" TO drystone_tenant USING ({whose}) WITH CHECK ({whose})')


def make_tables() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("ip", sa.String(), nullable=True),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_tenant", "audit_entries", ["tenant_id", "id"], unique=False)
    op.create_table(
        "folders",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_folders")),
    )
    op.create_index("ix_folders_parent", "folders", ["tenant_id", "parent_id", "name"], unique=False)
    op.create_table(
        "oauth_states",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("redirect_uri", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_oauth_states")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("is_platform_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index("uq_people_email", "people", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_api_keys_people"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_api_keys_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_index("ix_api_keys_tenant", "api_keys", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hosts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("last4", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_credentials_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credentials")),
    )
    op.create_index("ix_credentials_key", "credentials", ["key_id"], unique=False)
    op.create_index("ix_credentials_tenant", "credentials", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=True),
        sa.Column("scanned_by", sa.String(), nullable=True),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_files_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_run", "files", ["run_id"], unique=False)
    op.create_index("ix_files_tenant", "files", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "graph_drafts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "graph_id"],
            ["graphs.tenant_id", "graphs.id"],
            name=op.f("fk_graph_drafts_graphs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "graph_id", name=op.f("pk_graph_drafts")),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_identities_people"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_invitations_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index("uq_invitations_token_hash", "invitations", ["token_hash"], unique=True)
    op.create_table(
        "library_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=True),
        sa.Column("listing_id", sa.Uuid(), nullable=True),
        sa.Column("listing_version", sa.Integer(), nullable=True),
        sa.Column("is_auto_updated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_favourite", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("folder_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "graph_id"],
            ["graphs.tenant_id", "graphs.id"],
            name=op.f("fk_library_entries_graphs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_entries")),
    )
    op.create_index("ix_library_entries_listing", "library_entries", ["listing_id"], unique=False)
    op.create_index(
        "ix_library_entries_updated", "library_entries", ["tenant_id", "owner_id", "updated_at", "id"], unique=False
    )
    op.create_index("uq_library_entries_graph", "library_entries", ["tenant_id", "owner_id", "graph_id"], unique=True)
    op.create_table(
        "listings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("active_number", sa.Integer(), nullable=True),
        sa.Column("is_featured", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("run_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rating_sum", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("rating_count", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_listings_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
    )
    op.add_column(
        "listings",
        sa.Column(
            "rating_rank",
            sa.BigInteger(),
            sa.Computed("(rating_sum + 15) * 1000000 / (rating_count + 5)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index("ix_listings_rating", "listings", ["rating_rank", "id"], unique=False)
    op.create_index("ix_listings_newest", "listings", ["published_at", "id"], unique=False)
    op.create_index("ix_listings_runs", "listings", ["run_count", "id"], unique=False)
    op.create_index("uq_listings_slug", "listings", ["tenant_id", "slug"], unique=True)
    op.create_table(
        "memberships",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_people"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_memberships_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_person", "memberships", ["person_id"], unique=False)
    op.create_table(
        "presets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("credentials", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "graph_id"],
            ["graphs.tenant_id", "graphs.id"],
            name=op.f("fk_presets_graphs"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presets")),
    )
    op.create_index("ix_presets_graph", "presets", ["tenant_id", "graph_id", "created_at", "id"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("description", sa.String(), server_default=sa.text("''"), nullable=False),
        sa.Column("avatar_url", sa.String(), nullable=True),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_profiles_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_profiles")),
    )
    op.create_index("uq_profiles_handle", "profiles", ["handle"], unique=True)
    op.create_table(
        "protocol_tasks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=False),
        sa.Column("input", sa.String(), nullable=True),
        sa.Column("additional_input", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["organisations.id"], name=op.f("fk_protocol_tasks_organisations"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_tasks")),
    )
    op.create_index("ix_protocol_tasks_tenant", "protocol_tasks", ["tenant_id", "created_at", "id"], unique=False)
    op.create_table(
        "run_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "xid", sa.BigInteger(), server_default=sa.text("((pg_current_xact_id())::text)::bigint"), nullable=False
        ),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("graph_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_events_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_events")),
    )
    op.create_index("ix_run_events_run", "run_events", ["run_id", "xid", "id"], unique=False)
    op.create_index("ix_run_events_tenant", "run_events", ["tenant_id", "xid", "id"], unique=False)
    op.create_table(
        "run_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_run_shares_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_shares")),
    )
    op.create_index("ix_run_shares_run", "run_shares", ["run_id"], unique=False)
    op.create_index("uq_run_shares_token_hash", "run_shares", ["token_hash"], unique=True)
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_people"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_person", "sessions", ["person_id"], unique=False)
    op.create_index("uq_sessions_token_hash", "sessions", ["token_hash"], unique=True)
    op.create_table(
        "listing_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("graph_version", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("subheading", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("instructions", sa.String(), nullable=True),
        sa.Column("changes", sa.String(), nullable=False),
        sa.Column("categories", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("media", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_comments", sa.String(), nullable=True),
        sa.Column("internal_comments", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_versions_listings"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_versions")),
    )
    op.create_index("ix_listing_versions_status", "listing_versions", ["status", "submitted_at", "id"], unique=False)
    op.create_index("uq_listing_versions_number", "listing_versions", ["listing_id", "number"], unique=True)
    op.create_table(
        "protocol_artifacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("step_number", sa.Integer(), nullable=True),
        sa.Column("relative_path", sa.String(), nullable=True),
        sa.Column("is_made_by_agent", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["files.id"], name=op.f("fk_protocol_artifacts_files"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["task_id"], ["protocol_tasks.id"], name=op.f("fk_protocol_artifacts_protocol_tasks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_artifacts")),
    )
    op.create_index("ix_protocol_artifacts_task", "protocol_artifacts", ["task_id", "created_at", "id"], unique=False)
    op.create_table(
        "protocol_steps",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("input", sa.String(), nullable=True),
        sa.Column("additional_input", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["protocol_tasks.id"], name=op.f("fk_protocol_steps_protocol_tasks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("task_id", "number", name=op.f("pk_protocol_steps")),
    )
    op.create_table(
        "ratings",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_ratings_listings"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("listing_id", "number", "person_id", name=op.f("pk_ratings")),
    )
    op.create_index("uq_ratings_id", "ratings", ["listing_id", "id"], unique=True)
    op.add_column("graph_versions", sa.Column("name", sa.String(), nullable=True))
    op.add_column("graph_versions", sa.Column("notes", sa.String(), nullable=True))
    op.add_column("graph_versions", sa.Column("published_by", sa.Uuid(), nullable=True))
    op.add_column("graphs", sa.Column("description", sa.String(), server_default=sa.text("''"), nullable=False))
    op.add_column("graphs", sa.Column("folder_id", sa.Uuid(), nullable=True))
    op.add_column("graphs", sa.Column("created_by", sa.Uuid(), nullable=True))
    op.add_column("graphs", sa.Column("forked_from_id", sa.Uuid(), nullable=True))
    op.add_column("graphs", sa.Column("forked_from_version", sa.Integer(), nullable=True))
    op.add_column(
        "graphs", sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    )
    op.add_column("graphs", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_graphs_updated", "graphs", ["tenant_id", "updated_at", "id"], unique=False)
    op.add_column("run_logs", sa.Column("pin", sa.String(), nullable=True))
    op.add_column("run_logs", sa.Column("attempt", sa.Integer(), nullable=False))
    op.alter_column(
        "run_logs",
        "created_at",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        existing_nullable=False,
    )
    op.add_column("runs", sa.Column("created_by", sa.Uuid(), nullable=True))
    op.add_column("runs", sa.Column("uncounted_listing_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_runs_uncounted",
        "runs",
        ["uncounted_listing_id"],
        unique=False,
        postgresql_where=sa.text("uncounted_listing_id IS NOT NULL"),
    )
    op.create_index("ix_runs_tenant_status_created", "runs", ["tenant_id", "status", "created_at", "id"], unique=False)
    op.create_index(
        "ix_runs_roots",
        "runs",
        ["tenant_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("parent_run_id IS NULL"),
    )
    op.add_column(
        "graphs",
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('simple'::regconfig, name || ' ' || description)", persisted=True),
            nullable=False,
        ),
    )
    op.create_index("ix_graphs_search", "graphs", ["search"], unique=False, postgresql_using="gin")
    op.add_column(
        "listing_versions",
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('english'::regconfig, name || ' ' || subheading || ' ' || description)", persisted=True
            ),
            nullable=False,
        ),
    )
    op.create_index("ix_listing_versions_search", "listing_versions", ["search"], unique=False, postgresql_using="gin")


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_entries_append_only ON audit_entries")
    op.execute("DROP FUNCTION refuse_change()")
    for table in (*TENANT_TABLES, *RUN_TABLES, *SHOWN_TABLES, "organisations", "people"):
        op.execute(f'DROP POLICY own ON "{table}"')
        op.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY')
    for table in SHOWN_TABLES:
        op.execute(f"DROP POLICY shown ON {table}")
    op.execute("DROP FUNCTION current_tenant()")
    op.execute("DROP OWNED BY drystone_tenant")
    op.drop_index("ix_graphs_search", table_name="graphs")
    op.drop_column("graphs", "search")
    op.drop_index("ix_runs_roots", table_name="runs")
    op.drop_index("ix_runs_tenant_status_created", table_name="runs")
    op.drop_index("ix_runs_uncounted", table_name="runs")
    op.drop_column("runs", "uncounted_listing_id")
    op.drop_column("runs", "created_by")
    op.alter_column(
        "run_logs",
        "created_at",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("now()"),
        existing_nullable=False,
    )
    op.drop_column("run_logs", "attempt")
    op.drop_column("run_logs", "pin")
    op.drop_index("ix_graphs_updated", table_name="graphs")
    op.drop_column("graphs", "deleted_at")
    op.drop_column("graphs", "updated_at")
    op.drop_column("graphs", "forked_from_version")
    op.drop_column("graphs", "forked_from_id")
    op.drop_column("graphs", "created_by")
    op.drop_column("graphs", "folder_id")
    op.drop_column("graphs", "description")
    op.drop_column("graph_versions", "published_by")
    op.drop_column("graph_versions", "notes")
    op.drop_column("graph_versions", "name")
    op.drop_index("uq_ratings_id", table_name="ratings")
    op.drop_table("ratings")
    op.drop_table("protocol_steps")
    op.drop_index("ix_protocol_artifacts_task", table_name="protocol_artifacts")
    op.drop_table("protocol_artifacts")
    op.drop_index("uq_listing_versions_number", table_name="listing_versions")
    op.drop_index("ix_listing_versions_status", table_name="listing_versions")
    op.drop_table("listing_versions")
    op.drop_index("uq_sessions_token_hash", table_name="sessions")
    op.drop_index("ix_sessions_person", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("uq_run_shares_token_hash", table_name="run_shares")
    op.drop_index("ix_run_shares_run", table_name="run_shares")
    op.drop_table("run_shares")
    op.drop_index("ix_run_events_tenant", table_name="run_events")
    op.drop_index("ix_run_events_run", table_name="run_events")
    op.drop_table("run_events")
    op.drop_index("ix_protocol_tasks_tenant", table_name="protocol_tasks")
    op.drop_table("protocol_tasks")
    op.drop_index("uq_profiles_handle", table_name="profiles")
    op.drop_table("profiles")
    op.drop_index("ix_presets_graph", table_name="presets")
    op.drop_table("presets")
    op.drop_index("ix_memberships_person", table_name="memberships")
    op.drop_table("memberships")
    op.drop_index("uq_listings_slug", table_name="listings")
    op.drop_index("ix_listings_runs", table_name="listings")
    op.drop_index("ix_listings_newest", table_name="listings")
    op.drop_index("ix_listings_rating", table_name="listings")
    op.drop_table("listings")
    op.drop_index("uq_library_entries_graph", table_name="library_entries")
    op.drop_index("ix_library_entries_updated", table_name="library_entries")
    op.drop_index("ix_library_entries_listing", table_name="library_entries")
    op.drop_table("library_entries")
    op.drop_index("uq_invitations_token_hash", table_name="invitations")
    op.drop_table("invitations")
    op.drop_table("identities")
    op.drop_table("graph_drafts")
    op.drop_index("ix_files_tenant", table_name="files")
    op.drop_index("ix_files_run", table_name="files")
    op.drop_table("files")
    op.drop_index("ix_credentials_tenant", table_name="credentials")
    op.drop_index("ix_credentials_key", table_name="credentials")
    op.drop_table("credentials")
    op.drop_index("ix_api_keys_tenant", table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_index("uq_people_email", table_name="people")
    op.drop_table("people")
    op.drop_table("organisations")
    op.drop_table("oauth_states")
    op.drop_index("ix_folders_parent", table_name="folders")
    op.drop_table("folders")
    op.drop_index("ix_audit_entries_tenant", table_name="audit_entries")
    op.drop_table("audit_entries")
