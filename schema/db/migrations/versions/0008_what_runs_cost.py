"""What runs cost: the sum of a run's calls of language models beside the run, so that a list can be filtered by it.

A trigger keeps it, in the transaction that keeps the call: also where a process of the version before writes it. What was there
before is summed up a thousand runs at a time, beside the work. It may be broken off anywhere and be done again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: A call whose price is not known adds nothing. Ledgers hold the run by FOR KEY SHARE, which this does not wait for.
FUNCTION = """
CREATE OR REPLACE FUNCTION add_cost_of_call() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  added bigint := coalesce(NEW.cost_micro_usd, 0) - CASE TG_OP WHEN 'UPDATE' THEN coalesce(OLD.cost_micro_usd, 0) ELSE 0 END;
BEGIN
  IF added <> 0 THEN
    UPDATE runs SET llm_cost_micro_usd = llm_cost_micro_usd + added WHERE id = NEW.run_id;
  END IF;
  RETURN NULL;
END $$
"""
TRIGGER = """
CREATE OR REPLACE TRIGGER llm_calls_add_cost AFTER INSERT OR UPDATE OF cost_micro_usd ON llm_calls
FOR EACH ROW EXECUTE FUNCTION add_cost_of_call()
"""
#: The runs are locked first, by a statement of its own: what is summed then has every call whose trigger has run, and a call that
#: comes meanwhile waits, and adds itself to the sum.
SUMS = """
DO $$
DECLARE
  last uuid := '00000000-0000-0000-0000-000000000000';
  batch uuid[];
BEGIN
  LOOP
    SELECT array_agg(run_id ORDER BY run_id) INTO batch FROM (
      SELECT DISTINCT run_id FROM llm_calls WHERE run_id > last ORDER BY run_id LIMIT 1000) AS next;
    EXIT WHEN batch IS NULL;
    PERFORM 1 FROM runs WHERE id = ANY(batch) ORDER BY id FOR NO KEY UPDATE;
    UPDATE runs r SET llm_cost_micro_usd = s.cost
    FROM (SELECT run_id, coalesce(sum(cost_micro_usd), 0)::bigint AS cost FROM llm_calls WHERE run_id = ANY(batch)
          GROUP BY run_id) AS s
    WHERE r.id = s.run_id AND r.llm_cost_micro_usd <> s.cost;
    last := batch[array_upper(batch, 1)];
    COMMIT;
  END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute("ALTER TABLE runs ADD COLUMN IF NOT EXISTS llm_cost_micro_usd bigint DEFAULT 0 NOT NULL")
    op.execute(FUNCTION)
    # The table of runs is let go first: who keeps a call has its table and then looks for the run, who deletes runs goes the other
    # way, and a migration that had one of the two tables and waited for the other would be in a deadlock with one of them.
    with op.get_context().autocommit_block():
        op.execute(TRIGGER)
        op.execute(SUMS)
        op.create_index(
            "ix_runs_cost",
            "runs",
            ["tenant_id", "llm_cost_micro_usd"],
            postgresql_where=sa.text("llm_cost_micro_usd > 0"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_runs_cost", table_name="runs")
    op.execute("DROP TRIGGER llm_calls_add_cost ON llm_calls")
    op.execute("DROP FUNCTION add_cost_of_call()")
    op.drop_column("runs", "llm_cost_micro_usd")
