"""A migration adds and takes nothing away that the version before uses: that one works on the new tables until it is replaced.

What is not used any more is dropped by a later release (contract), which names it here.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.tidy.source import ROOT, refuse

VERSIONS = ROOT / "schema" / "db" / "migrations" / "versions"
#: Calls of Alembic's by which a version of before is broken.
BREAKING = {
    "drop_column",
    "drop_table",
    "rename_table",
    "drop_constraint",
    "create_check_constraint",
    "create_unique_constraint",
}
#: Nobody has an installation of the time before this one.
FIRST = "0004"
#: (revision, call): why the version before does not mind.
ALLOWED = {("0005", "drop_constraint"): "a foreign key that nobody relies on: a trigger deletes those rows"}
#: Tables so large that an index is built beside the work, and from which revision on that is asked for.
LARGE = {"runs", "node_executions", "emissions", "run_outputs", "run_events", "run_logs", "llm_calls", "audit_entries"}
BESIDE_FROM = "0008"


def breaking(revision: str, text: str) -> list[str]:
    """Name what of a migration the version before would break on, or wait for."""
    tree = ast.parse(text)
    down = {
        id(node) for one in tree.body if isinstance(one, ast.FunctionDef) and _is_down(one) for node in ast.walk(one)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in down]
    return [f"{revision}:{call.lineno} {said}" for call in calls if (said := _said(revision, call))]


def _is_down(function: ast.FunctionDef) -> bool:
    return function.name == "downgrade" or function.name.endswith("_no_more")


def _said(revision: str, call: ast.Call) -> str | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    words = {word.arg: word.value for word in call.keywords}
    if name in BREAKING and (revision, name) not in ALLOWED:
        return f"{name} breaks the version before"
    if name == "alter_column" and ("new_column_name" in words or "type_" in words or _is_false(words.get("nullable"))):
        return "alter_column breaks the version before"
    if name == "add_column" and _is_required(call):
        return "add_column without a default breaks what the version before inserts"
    is_large = revision >= BESIDE_FROM and bool(LARGE & _texts(call))
    if is_large and name in ("create_index", "drop_index") and "postgresql_concurrently" not in words:
        return f"{name} of a large table keeps all from writing to it"
    if is_large and name == "create_foreign_key" and "postgresql_not_valid" not in words:
        return "create_foreign_key of a large table reads all of it while nobody may write"
    return None


def _is_required(call: ast.Call) -> bool:
    columns = [one for one in call.args if isinstance(one, ast.Call)]
    words = {word.arg: word.value for one in columns for word in one.keywords}
    return bool(columns) and "server_default" not in words and _is_false(words.get("nullable"))


def _is_false(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _texts(call: ast.Call) -> set[object]:
    return {one.value for one in ast.walk(call) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def migrations() -> list[Path]:
    return [path for path in sorted(VERSIONS.glob("0*.py")) if path.name >= FIRST]


def test_the_version_before_works_on_the_tables_of_the_next() -> None:
    refuse([problem for path in migrations() for problem in breaking(path.name[:4], path.read_text(encoding="utf-8"))])


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_column('runs', 'trace')",
        "op.drop_table('processes')",
        "op.alter_column('runs', 'trace', nullable=False)",
        "op.alter_column('runs', 'trace', new_column_name='traceparent')",
        "op.add_column('runs', sa.Column('x', sa.Integer(), nullable=False))",
        "op.create_index('ix', 'runs', ['x'])",
        "op.drop_index('ix', table_name='runs')",
        "op.create_foreign_key('fk', 'emissions', 'runs', ['run_id'], ['id'])",
    ],
)
def test_what_breaks_is_seen_going_up_and_not_going_down(line: str) -> None:
    assert breaking("0099", f"def upgrade():\n    {line}\n")
    assert not breaking("0099", f"def upgrade():\n    pass\ndef downgrade():\n    {line}\n")


def test_what_only_adds_is_let_through() -> None:
    line = "op.add_column('runs', sa.Column('x', sa.Integer(), server_default='0', nullable=False))"
    assert not breaking("0099", f"def upgrade():\n    {line}\n    op.create_index('ix', 'small', ['x'])\n")
