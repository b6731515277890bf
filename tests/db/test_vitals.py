"""What is read of PostgreSQL's health: each fault is planted in a database of its own, and seen."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.fleet.database import revision_findings, vital_findings
from schema.db.migrate import revisions, upgrade
from schema.db.vitals import Vitals, take_vitals
from schema.findings import Finding, FindingCode


def codes(findings: Iterable[Finding]) -> list[str]:
    return [one.code.value for one in findings]


def planted(vitals: Vitals) -> list[Finding]:
    """Give what was found beside that an empty database has no tables."""
    return [one for one in vital_findings(vitals) if one.code is not FindingCode.DATABASE_BEHIND]


async def test_a_database_that_is_well_has_no_finding(empty: AsyncEngine) -> None:
    # One of its own: what other tests deleted in theirs is dead there until the next vacuum.
    await upgrade(empty)
    vitals = await take_vitals(empty)
    assert vitals.revision == revisions()[0]
    assert vitals.major >= 15
    assert vitals.database_bytes > 0
    assert vitals.wal_bytes
    assert 0 < vitals.connections <= vitals.connections_max
    assert [code for code in codes(vital_findings(vitals)) if code != "TRANSACTION_LONG"] == []


async def test_a_database_without_tables_is_behind_and_one_of_a_later_version_ahead(empty: AsyncEngine) -> None:
    assert codes(vital_findings(await take_vitals(empty))) == ["DATABASE_BEHIND"]
    assert codes(revision_findings("0003")) == ["DATABASE_BEHIND"]
    assert codes(revision_findings("9999")) == ["DATABASE_AHEAD"]
    assert codes(revision_findings(revisions()[0])) == []


async def test_an_index_that_is_not_valid_is_seen(empty: AsyncEngine) -> None:
    async with empty.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text("CREATE TABLE twice AS SELECT 1 AS number FROM generate_series(1, 2)"))
        with pytest.raises(IntegrityError):
            await alone.execute(text("CREATE UNIQUE INDEX CONCURRENTLY broken ON twice (number)"))
    vitals = await take_vitals(empty)
    assert vitals.invalid_indexes == ["broken"]
    (found,) = planted(vitals)
    assert found.remedy == "Run `REINDEX INDEX CONCURRENTLY broken`."


async def test_a_transaction_that_stays_open_is_seen(empty: AsyncEngine) -> None:
    async with empty.connect() as connection:
        await connection.execute(text("SELECT 1"))
        (seen,) = (await take_vitals(empty, long_seconds=0)).long
        pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar()
        assert seen.pid == pid
        assert seen.state == "idle in transaction"
        assert (await take_vitals(empty)).long == [], "it is not open for long"


async def test_rows_that_are_dead_and_not_vacuumed_are_seen(empty: AsyncEngine) -> None:
    async with empty.begin() as connection:
        await connection.execute(
            text("CREATE TABLE dead WITH (autovacuum_enabled = false) AS SELECT generate_series(1, 500) n")
        )
    async with empty.begin() as connection:
        await connection.execute(text("DELETE FROM dead WHERE n > 100"))
        await connection.execute(text("SELECT pg_stat_force_next_flush()"))
    vitals = await take_vitals(empty, dead_rows_min=300)
    assert vitals.dead == [("dead", 400, 100)]
    assert codes(planted(vitals)) == ["ROWS_DEAD"]
    assert (await take_vitals(empty)).dead == [], "so few cost nothing"


async def test_a_replication_slot_that_nobody_reads_is_seen(empty: AsyncEngine) -> None:
    async with empty.begin() as connection:
        await connection.execute(text("SELECT pg_create_physical_replication_slot('nobody', true)"))
    try:
        vitals = await take_vitals(empty)
        assert [name for name, _ in vitals.idle_slots] == ["nobody"]
        assert codes(planted(vitals)) == ["SLOT_IDLE"]
    finally:
        async with empty.begin() as connection:
            await connection.execute(text("SELECT pg_drop_replication_slot('nobody')"))
