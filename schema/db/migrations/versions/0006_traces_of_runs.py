"""Traces of runs: the traceparent of what asked for a run, where there is one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("trace", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "trace")
