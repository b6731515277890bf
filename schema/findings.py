"""Findings: what the doctor can find, each with how bad it is and what to do; it looks at nothing itself.

The codes are a closed list, which `docs/doctor.md` explains one by one. A finding says where it is and what was seen there; its
remedy is a sentence, mostly with the command to type.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How bad a finding is."""

    #: Something does not work, or is about to be lost.
    ERROR = "ERROR"
    #: It works, and worse than it should; or it will not work for long.
    WARNING = "WARNING"
    #: Nothing is wrong: what an operator should know.
    INFO = "INFO"


class FindingCode(StrEnum):
    """What can be found."""

    TEMPORAL_AWAY = "TEMPORAL_AWAY"
    TEMPORAL_OLD = "TEMPORAL_OLD"
    NAMESPACE_MISSING = "NAMESPACE_MISSING"
    RETENTION_SHORT = "RETENTION_SHORT"
    SEARCH_ATTRIBUTE_MISSING = "SEARCH_ATTRIBUTE_MISSING"
    SEARCH_ATTRIBUTE_WRONG = "SEARCH_ATTRIBUTE_WRONG"
    TASK_PROBLEMS_HIDDEN = "TASK_PROBLEMS_HIDDEN"
    POLLS_LINGER = "POLLS_LINGER"
    PAYLOADS_SMALL = "PAYLOADS_SMALL"
    FAIRNESS_OFF = "FAIRNESS_OFF"
    FAIRNESS_UNSEEN = "FAIRNESS_UNSEEN"
    SETTINGS_UNSEEN = "SETTINGS_UNSEEN"

    QUEUE_WITHOUT_POLLER = "QUEUE_WITHOUT_POLLER"
    BACKLOG_OLD = "BACKLOG_OLD"
    BUILD_WITHOUT_WORKER = "BUILD_WITHOUT_WORKER"
    VERSIONS_MIXED = "VERSIONS_MIXED"
    LOOP_ABSENT = "LOOP_ABSENT"

    RUN_PROBLEM = "RUN_PROBLEM"
    RUN_STUCK = "RUN_STUCK"
    RUN_CLOSED_IN_TEMPORAL = "RUN_CLOSED_IN_TEMPORAL"
    WORKFLOW_WITHOUT_ROW = "WORKFLOW_WITHOUT_ROW"
    OUTBOX_OLD = "OUTBOX_OLD"
    SCHEDULE_DIFFERS = "SCHEDULE_DIFFERS"

    POSTGRESQL_AWAY = "POSTGRESQL_AWAY"
    POSTGRESQL_OLD = "POSTGRESQL_OLD"
    DATABASE_BEHIND = "DATABASE_BEHIND"
    DATABASE_AHEAD = "DATABASE_AHEAD"
    CONNECTIONS_FEW = "CONNECTIONS_FEW"
    TRANSACTION_LONG = "TRANSACTION_LONG"
    ROWS_DEAD = "ROWS_DEAD"
    INDEX_INVALID = "INDEX_INVALID"
    SLOT_IDLE = "SLOT_IDLE"

    KEYS_UNREADABLE = "KEYS_UNREADABLE"
    KEY_ABSENT = "KEY_ABSENT"
    FILE_OPEN = "FILE_OPEN"
    SETTINGS_UNSAFE = "SETTINGS_UNSAFE"
    DISK_FULL = "DISK_FULL"
    DISK_LOW = "DISK_LOW"
    OBJECT_STORE_AWAY = "OBJECT_STORE_AWAY"
    SCANNER_AWAY = "SCANNER_AWAY"
    SCANNER_ABSENT = "SCANNER_ABSENT"
    SANDBOX_ABSENT = "SANDBOX_ABSENT"
    CLOCK_DIFFERS = "CLOCK_DIFFERS"
    PYTHON_OLD = "PYTHON_OLD"
    PACKAGE_OLD = "PACKAGE_OLD"
    CHECK_FAILED = "CHECK_FAILED"


@dataclass(frozen=True)
class Meaning:
    """What a code means for who operates the platform. `remedy` may name parts, `{name}`, that a finding fills in."""

    severity: Severity
    remedy: str


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
_C: Final = FindingCode
#: How settings of Temporal's server are set: in its dynamic configuration, which it reads again every minute.
_SET: Final = "Set {setting} in Temporal's dynamic configuration; the embedded stack and deploy/compose.yaml do."

MEANINGS: Final[dict[FindingCode, Meaning]] = {
    _C.TEMPORAL_AWAY: Meaning(
        _E, "Start Temporal, or set DRYSTONE_TEMPORAL_ADDRESS (and DRYSTONE_TEMPORAL_TLS). Runs wait and go on then."
    ),
    _C.TEMPORAL_OLD: Meaning(_E, "Upgrade Temporal's server to {floor} or later, one minor version after another."),
    _C.NAMESPACE_MISSING: Meaning(
        _E, "Run `drystone temporal setup`, or `temporal operator namespace create -n {namespace} --retention 3d`."
    ),
    _C.RETENTION_SHORT: Meaning(_W, "Run `temporal operator namespace update -n {namespace} --retention 3d`."),
    _C.SEARCH_ATTRIBUTE_MISSING: Meaning(
        _E,
        "Run `drystone temporal setup`, or "
        "`temporal operator search-attribute create -n {namespace} --name {name} --type {type}`.",
    ),
    _C.SEARCH_ATTRIBUTE_WRONG: Meaning(
        _E,
        "Its type cannot be changed. Where nobody else uses it: "
        "`temporal operator search-attribute remove -n {namespace} --name {name}`, then `drystone temporal setup`. Else "
        "take a namespace of its own, by DRYSTONE_TEMPORAL_NAMESPACE.",
    ),
    _C.TASK_PROBLEMS_HIDDEN: Meaning(_W, _SET),
    _C.POLLS_LINGER: Meaning(_W, _SET),
    _C.PAYLOADS_SMALL: Meaning(_E, _SET),
    _C.FAIRNESS_OFF: Meaning(_W, _SET),
    _C.FAIRNESS_UNSEEN: Meaning(_I, "`drystone doctor --fairness` finds out, by 96 workflows that it starts and ends."),
    _C.SETTINGS_UNSEEN: Meaning(
        _I, "A client cannot ask for them: compare Temporal's dynamic configuration with docs/doctor.md."
    ),
    _C.QUEUE_WITHOUT_POLLER: Meaning(_E, "Start a worker for it: `drystone worker --queue {queue}`."),
    _C.BACKLOG_OLD: Meaning(
        _W, "Start more workers of the queue: `drystone worker --queue {queue}`, or give them more DRYSTONE_NODE_SLOTS."
    ),
    _C.BUILD_WITHOUT_WORKER: Meaning(
        _E, "Start an engine worker with DRYSTONE_BUILD_ID={build} until `drystone versions drain-status {build}` is 0."
    ),
    _C.VERSIONS_MIXED: Meaning(_I, "Nothing, during an upgrade; else restart the processes of the older version."),
    _C.LOOP_ABSENT: Meaning(_E, "Start one: `drystone {loop}`, or `drystone worker --role {loop}`."),
    _C.RUN_PROBLEM: Meaning(
        _E, "Look at it: `drystone runs show {run}`. Mend the cause and it goes on; or `drystone runs cancel {run}`."
    ),
    _C.RUN_STUCK: Meaning(
        _W, "Look at it: `drystone runs show {run}`, and at its workflow run-{run} in Temporal's UI. Please report it."
    ),
    _C.RUN_CLOSED_IN_TEMPORAL: Meaning(
        _E, "The reconciler ends or repairs such a run within seconds: see that one runs, and what its log says."
    ),
    _C.WORKFLOW_WITHOUT_ROW: Meaning(
        _W, "The reconciler terminates such a workflow after a minute: see that one runs, and what its log says."
    ),
    _C.OUTBOX_OLD: Meaning(_E, "See that a starter runs and reaches Temporal: `drystone starter`, and its log."),
    _C.SCHEDULE_DIFFERS: Meaning(
        _W, "The starter's follower repairs it within seconds: see that one runs, and what its log says."
    ),
    _C.POSTGRESQL_AWAY: Meaning(
        _E, "Start PostgreSQL, or set DRYSTONE_DATABASE_URL. Nothing is lost: nodes try again until it is back."
    ),
    _C.POSTGRESQL_OLD: Meaning(_E, "Upgrade PostgreSQL to {floor} or later."),
    _C.DATABASE_BEHIND: Meaning(_E, "Run `drystone migrate`."),
    _C.DATABASE_AHEAD: Meaning(_W, "Upgrade this Drystone: the database was upgraded for a later version."),
    _C.CONNECTIONS_FEW: Meaning(
        _W, "Raise max_connections, lower DRYSTONE_DATABASE_POOL_SIZE, or put a connection pooler between."
    ),
    _C.TRANSACTION_LONG: Meaning(
        _W, "See what process {pid} does, in pg_stat_activity; `SELECT pg_terminate_backend({pid})` ends it."
    ),
    _C.ROWS_DEAD: Meaning(
        _W, "Run `VACUUM (ANALYZE) {table}`, and see that autovacuum is on and no old transaction holds it up."
    ),
    _C.INDEX_INVALID: Meaning(_E, "Run `REINDEX INDEX CONCURRENTLY {index}`."),
    _C.SLOT_IDLE: Meaning(
        _W,
        "Start what reads the replication slot, or `SELECT pg_drop_replication_slot('{slot}')`: it keeps WAL for ever.",
    ),
    _C.KEYS_UNREADABLE: Meaning(_E, "Set DRYSTONE_KEY_FILE to the key file, from its backup, or DRYSTONE_KEYS."),
    _C.KEY_ABSENT: Meaning(
        _E, "Put the key {key} back, from a backup of the keys. What it seals cannot be opened without it."
    ),
    _C.FILE_OPEN: Meaning(_W, "`chmod {mode} {path}`."),
    _C.SETTINGS_UNSAFE: Meaning(_E, "Change it as it says: an API does not start like this."),
    _C.DISK_FULL: Meaning(_E, "Free space, or enlarge the volume: what cannot be written is not accepted."),
    _C.DISK_LOW: Meaning(_W, "Free space, or enlarge the volume; shorten DRYSTONE_RUN_RETENTION_DAYS."),
    _C.OBJECT_STORE_AWAY: Meaning(_E, "See DRYSTONE_OBJECT_STORE_URL, its credentials and its disk."),
    _C.SCANNER_AWAY: Meaning(_W, "Start clamd, or see DRYSTONE_CLAMD_ADDRESS. Uploads are refused meanwhile."),
    _C.SCANNER_ABSENT: Meaning(_I, "Run clamd and set DRYSTONE_CLAMD_ADDRESS, where files come from strangers."),
    _C.SANDBOX_ABSENT: Meaning(
        _W, "Install bubblewrap and allow user namespaces on the machines of `blocks-sandbox`: see docs/code.md."
    ),
    _C.CLOCK_DIFFERS: Meaning(_W, "Run a time service (chrony, systemd-timesyncd) on every machine."),
    _C.PYTHON_OLD: Meaning(_E, "Run Drystone with Python {floor} or later."),
    _C.PACKAGE_OLD: Meaning(_E, "Install {package} {floor} or later: {why}."),
    _C.CHECK_FAILED: Meaning(_W, "Please report it, with the text of this finding."),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    code: FindingCode
    severity: Severity
    #: What it is about: a server, a queue, a run, a file.
    where: str
    what: str
    remedy: str


def finding(code: FindingCode, where: str, what: str, **parts: object) -> Finding:
    """Give a finding with its remedy, whose parts are filled in."""
    meaning = MEANINGS[code]
    remedy = meaning.remedy
    for name, value in parts.items():
        assert f"{{{name}}}" in remedy, f"the remedy of {code} has no part {name}"
        remedy = remedy.replace(f"{{{name}}}", str(value))
    return Finding(code, meaning.severity, where, what, remedy)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings by how bad they are, then by what they are about."""
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    return sorted(findings, key=lambda one: (ranks[one.severity], one.code, one.where))
