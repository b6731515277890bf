"""Identifiers: how they are made and what they look like; never looked up here."""

from __future__ import annotations

from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

#: The tenant of a single-user installation, until people and organisations exist.
LOCAL_TENANT = UUID("00000000-0000-7000-8000-000000000001")


def new_id() -> UUID:
    """Make a time-ordered id (UUID version 7, RFC 9562)."""
    return uuid7()


def workflow_id(run_id: UUID | str) -> str:
    """Give the Temporal workflow id of a run: readable, and the same on every start."""
    return f"run-{run_id}"


def run_id_of(workflow: str) -> UUID:
    """Give the run's id from its Temporal workflow id."""
    return UUID(workflow.removeprefix("run-"))


def execution_uuid(run_id: UUID, execution: int) -> UUID:
    """Give the stable id of a node execution, the same on every attempt and after continue-as-new."""
    return uuid5(run_id, f"execution/{execution}")


def delivery_run_id(delivery_id: UUID, attachment_id: UUID, replay: int) -> UUID:
    """Give the id of the run that a delivery starts at an attachment: whoever starts it, it is one run."""
    return uuid5(delivery_id, f"attachment/{attachment_id}/{replay}")


def child_run_id(parent_run_id: UUID, execution: int) -> UUID:
    """Give the id of the run that a node execution starts: a repeated start finds the same run."""
    return uuid5(parent_run_id, f"child/{execution}")


def stored_file_id(run_id: UUID, execution: int, step: int, what: str) -> UUID:
    """Give the id of a file that a step of a node execution stores, `what` being of what it is made: a repeated attempt stores the
    same."""
    return uuid5(run_id, f"file/{execution}/{step}/{what}")


def approval_id(run_id: UUID, execution: int, step: int, round_: int) -> UUID:
    """Give the id of what a step of a node execution asks people: a repeated attempt asks the same."""
    return uuid5(run_id, f"approval/{execution}/{step}/{round_}")
