"""Furnishing: gives an organisation runs with rows of every kind, each of an agent and a person of its own; no test is here.

Statements are counted on lists of these: where each row refers to something else, nothing is hidden by what was read once.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from tests.api.running import echo, run_to_end, uuid_of
from tests.api.serving import Api, Organisation

#: The id of the thing of a kind with number `n`; `:tenant` makes it the organisation's own.
ID: Final = "CAST(md5(CAST(:tenant AS text) || '{}' || n) AS uuid)"
GRAPH, PERSON, RUN, CHILD = (ID.format(kind) for kind in ("graph", "person", "run", "child"))
APPROVAL: Final = ID.format("approval").replace("n)", "n || '/' || e)")
EACH: Final = "FROM generate_series(1, CAST(:count AS int)) AS n"
OF_SOURCE: Final = "FROM runs r JOIN {} s ON s.tenant_id = r.tenant_id AND {} WHERE r.id = :source"
#: A run that waits for its turn, which the starter leaves alone, as if it had run before.
RUNS: Final = f"""
INSERT INTO runs (id, tenant_id, graph_id, graph_version, plan_hash, agent_name, status, trigger, created_by, root_run_id, depth,
                  start_after, continued_from_run_id, created_at, error, problem, parent_run_id, parent_execution)
SELECT {{id}}, :tenant, {GRAPH}, 1, 'plan ' || n, 'agent', 'QUEUED', 'manual', {PERSON}, {RUN}, 0,
       now() + interval '1 day', {{other}},
       now() + make_interval(secs => n), '{{{{"code": "X", "message": "x"}}}}',
       json_build_object('code', 'LOST', 'message', 'x', 'since', now(), 'at', now()), {{parent}} {EACH}
"""
#: The newest run has fifty executions, the others have two.
EACH_EXECUTION: Final = f"{EACH}, generate_series(1, CASE WHEN n = CAST(:count AS int) THEN n ELSE 2 END) AS e"
EXECUTIONS: Final = f"""
INSERT INTO node_executions (run_id, execution, node_id, block_id, ordinal, status, step, fence, inputs, attempts, waits_for,
                             reused_from, caller)
SELECT {{run}}, e, x.node_id, x.block_id, e, 'RUNNING', 0, 1, x.inputs, x.attempts,
       json_build_object('kind', 'child', 'since', now()), json_build_object('run_id', {{other}}, 'execution', e),
       json_build_array(e, 'call', 0)
{EACH_EXECUTION}, LATERAL (SELECT * FROM node_executions WHERE run_id = :source AND execution = 1) AS x
"""
STATEMENTS: Final = (
    f"INSERT INTO graphs (tenant_id, id, name, active_version) SELECT :tenant, {GRAPH}, 'agent ' || n, 1 {EACH}",
    f"INSERT INTO graph_versions (tenant_id, graph_id, version, hash, body) SELECT :tenant, {GRAPH}, 1, 'h', b.body {EACH}, "
    f"LATERAL (SELECT s.body {OF_SOURCE.format('graph_versions', 's.graph_id = r.graph_id')}) AS b",
    f"INSERT INTO plans (tenant_id, hash, routing, graph) SELECT :tenant, 'plan ' || n, p.routing, p.graph {EACH}, "
    f"LATERAL (SELECT s.routing, s.graph {OF_SOURCE.format('plans', 's.hash = r.plan_hash')}) AS p",
    f"INSERT INTO people (id, email, name) SELECT {PERSON}, {PERSON} || '@example.com', 'person ' || n {EACH}",
    f"INSERT INTO memberships (tenant_id, person_id, role) SELECT :tenant, {PERSON}, 'VIEWER' {EACH}",
    RUNS.format(id=RUN, other=CHILD, parent="NULL, NULL"),
    RUNS.format(id=CHILD, other=RUN, parent=f"{RUN}, 2"),
    EXECUTIONS.format(run=RUN, other=CHILD),
    EXECUTIONS.format(run=CHILD, other=RUN),
    "INSERT INTO emissions (run_id, execution, sequence, pin, value) "
    f"SELECT {RUN}, e - 1, s, 'out', '1' {EACH_EXECUTION}, generate_series(0, 1) AS s",
    f"INSERT INTO run_outputs (run_id, execution, name, value) SELECT {RUN}, e, 'out', '1' {EACH_EXECUTION}",
    "INSERT INTO run_logs (run_id, execution, attempt, level, line) "
    f"SELECT {RUN}, 1, 1, 'info', 'line' {EACH}, generate_series(1, 2)",
    "INSERT INTO llm_calls (run_id, execution, step, number, tenant_id, provider, model, request_hash, input_tokens, "
    f"output_tokens, answer) SELECT {RUN}, e, 0, 1, :tenant, 'demo', 'model', 'h', 1, 1, '{{}}' {EACH_EXECUTION}",
    "INSERT INTO run_orders (run_id, number, tenant_id, word, detail, created_by, source, outcome) "
    f"SELECT {RUN}, o, :tenant, CASE o WHEN 1 THEN 'pause' ELSE 'event' END, '{{\"name\": \"x\"}}', {PERSON}, 'api', "
    f"CASE o WHEN 1 THEN 'APPLIED' ELSE 'KEPT' END {EACH}, generate_series(1, 2) AS o",
    "INSERT INTO run_halts (run_id, number, tenant_id, key, kind, code, message, node_id, execution, set_by_order) "
    f"SELECT {RUN}, 1, :tenant, 'operator/1', 'operator', 'X', 'x', x.node_id, 1, 1 {EACH}, "
    "LATERAL (SELECT node_id FROM node_executions WHERE run_id = :source AND execution = 1) AS x",
    "INSERT INTO run_shares (id, tenant_id, run_id, token_hash, created_by) "
    f"SELECT {ID.format('share')}, :tenant, {RUN}, {ID.format('token')}, {PERSON} {EACH}",
    "INSERT INTO files (id, tenant_id, owner_id, run_id, name, media_type, size, sha256, location, status) "
    f"SELECT {ID.format('file')}, :tenant, {PERSON}, {RUN}, 'file', 'text/plain', 1, '', '', 'clean' {EACH}",
    "INSERT INTO approvals (id, tenant_id, run_id, execution, step, round, kind, held_steps, node_id, title, message, data, "
    "is_editable, roles, needed, allows_self, asked_by, on_timeout, escalate_roles, is_escalated, status, decided_by) "
    f"SELECT {APPROVAL}, :tenant, {RUN}, e, 0, 0, 'question', '{{}}', 'n', 'title', 'message', "
    f"'{{\"value\": 1}}', false, '[]', 2, true, {PERSON}, 'fail', '[]', false, 'PENDING', {PERSON} {EACH_EXECUTION}",
    "INSERT INTO approval_votes (approval_id, person_id, tenant_id, is_approval, source) "
    "SELECT id, asked_by, :tenant, true, 'api' FROM approvals WHERE tenant_id = :tenant",
    "INSERT INTO approval_links (id, approval_id, tenant_id, person_id, token_hash, created_by, expires_at) "
    "SELECT CAST(md5('link' || id) AS uuid), id, :tenant, asked_by, md5('token' || id), asked_by, now() + interval '1 day' "
    "FROM approvals WHERE tenant_id = :tenant",
    "INSERT INTO folders (tenant_id, id, parent_id, name) "
    f"SELECT :tenant, {ID.format('folder')}, {ID.format('parent')}, 'folder ' || n {EACH}",
    f"INSERT INTO folders (tenant_id, id, name) SELECT :tenant, {ID.format('parent')}, 'parent ' || n {EACH}",
    "INSERT INTO remembered_values (tenant_id, owner_id, graph_id, key, value, run_id) "
    f"SELECT :tenant, :owner, CAST({GRAPH} AS text), 'key', '{{\"value\": 1}}', {RUN} {EACH}",
    "INSERT INTO library_entries (id, tenant_id, owner_id, graph_id, graph_version) "
    f"SELECT {ID.format('entry')}, :tenant, :owner, {GRAPH}, 1 {EACH}",
    "INSERT INTO presets (id, tenant_id, owner_id, graph_id, name, description, inputs, credentials) "
    f"SELECT {ID.format('preset')}, :tenant, :owner, r.graph_id, 'preset', '', '{{}}', '{{}}' "
    f"{EACH}, LATERAL (SELECT graph_id FROM runs WHERE id = :source) AS r",
    "INSERT INTO credentials (id, tenant_id, owner_id, provider, type, title, scopes, hosts, version, sealed, wrapped_key, key_id) "
    f"SELECT {ID.format('credential')}, :tenant, :owner, 'github', 'api_key', 'title', '[]', '[]', 1, '', '', 'k' {EACH}",
    "INSERT INTO listings (id, tenant_id, graph_id, slug, active_number) "
    f"SELECT {ID.format('listing')}, :tenant, {GRAPH}, 'slug-' || n, 1 {EACH}",
    "INSERT INTO listing_versions (id, listing_id, tenant_id, number, graph_version, body, name, subheading, description, "
    f"changes, categories, media, status) SELECT {ID.format('version')}, {ID.format('listing')}, :tenant, 1, 1, '{{}}', "
    f"'name', '', '', '', '[]', '[]', 'PENDING' {EACH}",
    "INSERT INTO schedules (id, tenant_id, graph_id, name, spec, overlap, catch_up_seconds, inputs, credentials, is_paused, "
    f"created_by, revision, synced_revision) SELECT {ID.format('schedule')}, :tenant, {GRAPH}, 'schedule', "
    f"'{{\"cron\": [\"0 0 * * *\"], \"calendars\": []}}', 'skip', 60, '{{}}', '{{}}', true, {PERSON}, 1, 1 {EACH}",
    "INSERT INTO schedule_fires (schedule_id, scheduled_at, tenant_id, run_id) "
    f"SELECT {ID.format('schedule')}, now(), :tenant, {RUN} {EACH}",
    f"UPDATE runs SET trigger_id = {ID.format('schedule')} {EACH} WHERE id = {RUN}",
)


@asynccontextmanager
async def furnished(api: Api, owner: Organisation, count: int) -> AsyncIterator[str]:
    """Give so many runs, and as many that those have started; give the id of the run that they were made of."""
    source = await run_to_end(api, owner, echo(), {"topic": 1})
    where = {"tenant": owner.id, "count": count, "source": uuid_of(source), "owner": owner.owner.person}
    for statement in STATEMENTS:
        names = {name: value for name, value in where.items() if f":{name}" in statement}
        await api.platform.sql(re.sub(r":(tenant|source|owner)", r"CAST(:\1 AS uuid)", statement), **names)
    try:
        yield source
    finally:
        await api.platform.sql("DELETE FROM runs WHERE tenant_id = :tenant", tenant=owner.id)
        await api.platform.sql("DELETE FROM schedules WHERE tenant_id = :tenant", tenant=owner.id)
