"""The one tree of errors that Drystone raises; it never decides what to do about them.

Each class's docstring is its message. `code` is from a closed list and is what clients and the retry table read. `fault`
says whose it is: `theirs` (refused: changing the request helps), `world` (unavailable: trying again may help) or `ours`
(an assertion: tell us). `is_transient` is the whole retry table: a node whose block failed with a transient error is tried
again by its policy, any other failure is final.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Final, Literal

Fault = Literal["theirs", "world", "ours"]

#: Longest error message that is kept, in characters: a block may raise with ten megabytes of text.
MESSAGE_CHARS_MAX = 8_000


def shorten(text: str, limit: int = MESSAGE_CHARS_MAX) -> str:
    """Give text that fits the limit and can be stored: cut in the middle, without NUL and lone surrogates."""
    clean = text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
    if len(clean) <= limit:
        return clean
    head, tail = limit * 3 // 4, max(0, limit // 4 - 40)
    return f"{clean[:head]} ... [{len(clean) - head - tail} characters cut] ... {clean[len(clean) - tail :]}"


class DrystoneError(Exception):
    """Something went wrong in Drystone."""

    code: ClassVar[str] = "INTERNAL"
    fault: ClassVar[Fault] = "ours"
    is_transient: ClassVar[bool] = False

    def __init__(self, message: str | None = None, **fields: Any) -> None:
        self.message = shorten(message if message is not None else (type(self).__doc__ or "").strip())
        self.fields = fields
        super().__init__(self.message)

    def to_wire(self) -> dict[str, Any]:
        """Give {code, message, **fields}: what is stored and shown."""
        return {"code": self.code, "message": self.message, **self.fields}


class InvalidValue(DrystoneError):
    """A value cannot be kept as JSON."""

    code = "INVALID_VALUE"
    fault = "theirs"


class ValueTooLarge(DrystoneError):
    """A value is larger than the limit."""

    code = "VALUE_TOO_LARGE"
    fault = "theirs"


class InvalidInput(DrystoneError):
    """A node's input does not fit its block."""

    code = "INVALID_INPUT"
    fault = "theirs"


class InvalidOutput(DrystoneError):
    """A block emitted on a pin that it does not declare."""

    code = "INVALID_OUTPUT"
    fault = "theirs"


class InvalidGraph(DrystoneError):
    """The graph has problems."""

    code = "INVALID_GRAPH"
    fault = "theirs"


class UnsupportedFormat(InvalidGraph):
    """The file is not an agent graph that this version can read."""

    code = "UNSUPPORTED_FORMAT"


class InvalidRunInput(DrystoneError):
    """The run's inputs do not fit the graph."""

    code = "INVALID_RUN_INPUT"
    fault = "theirs"


class NotFound(DrystoneError):
    """There is no such thing here."""

    code = "NOT_FOUND"
    fault = "theirs"


class InvalidSchedule(DrystoneError):
    """The schedule's times cannot be read."""

    code = "BAD_USER_INPUT"
    fault = "theirs"


class Conflict(DrystoneError):
    """The thing was changed or used meanwhile."""

    code = "CONFLICT"
    fault = "theirs"


class NotYours(DrystoneError):
    """This is not yours to do."""

    code = "FORBIDDEN"
    fault = "theirs"


class ApprovalRejected(DrystoneError):
    """People were asked whether the node may run, and rejected it."""

    code = "APPROVAL_REJECTED"
    fault = "theirs"


class ApprovalTimedOut(DrystoneError):
    """Nobody decided in time."""

    code = "APPROVAL_TIMED_OUT"
    fault = "theirs"


class BlockFailed(DrystoneError):
    """The block reported an error."""

    code = "BLOCK_FAILED"
    fault = "theirs"


class BlockCrashed(DrystoneError):
    """The block raised an exception that it did not expect."""

    code = "BLOCK_CRASHED"
    fault = "theirs"


class BlockUnknown(DrystoneError):
    """The block is not installed here."""

    code = "BLOCK_UNKNOWN"
    fault = "theirs"


class EmissionLost(DrystoneError):
    """The ledger lacks what this node is to be given: the database was set back to an earlier state while the run went on."""

    code = "LOST"


class EgressRefused(DrystoneError):
    """The address is not one that a block may reach."""

    code = "EGRESS_REFUSED"
    fault = "theirs"


class FileRefused(DrystoneError):
    """The file cannot be kept or used."""

    code = "FILE_REFUSED"
    fault = "theirs"


class LimitExceeded(DrystoneError):
    """A limit of the run was met."""

    code = "BUDGET_EXCEEDED"
    fault = "theirs"


class NodeTimedOut(DrystoneError):
    """The node ran longer than its time limit."""

    code = "TIMEOUT"
    fault = "world"
    is_transient = True


class Unavailable(DrystoneError):
    """A service did not answer as it should; trying again may help."""

    code = "UNAVAILABLE"
    fault = "world"
    is_transient = True

    def __init__(self, message: str | None = None, *, retry_after_seconds: float | None = None, **fields: Any):
        super().__init__(message, **fields)
        self.retry_after_seconds = retry_after_seconds


class ObjectStoreAway(Unavailable):
    """The object store does not answer; trying again may help."""


class ScanUnavailable(Unavailable):
    """The scanner of uploads does not answer, and nothing is accepted unscanned; try again later."""

    code = "SCAN_UNAVAILABLE"


class SandboxUnavailable(DrystoneError):
    """People's code cannot be run here: no sandbox works on this machine."""

    code = "SANDBOX_UNAVAILABLE"
    fault = "world"


class RateLimited(Unavailable):
    """A service asked to be called less often."""

    code = "RATE_LIMITED"


class WorkerLost(DrystoneError):
    """The worker died again and again while it ran this node."""

    code = "WORKER_LOST"
    fault = "world"


class ContractChanged(DrystoneError):
    """The block takes or gives something else than when the run was made."""

    code = "CONTRACT_CHANGED"
    fault = "theirs"


class ChildFailed(DrystoneError):
    """The agent that this node ran did not complete."""

    code = "CHILD_FAILED"
    fault = "theirs"


class MissingCredentials(DrystoneError):
    """The agent needs credentials that were not given."""

    code = "MISSING_CREDENTIALS"
    fault = "theirs"


class AccessLost(DrystoneError):
    """In whose name this runs may not start runs any more."""

    code = "ACCESS_LOST"
    fault = "theirs"


class CredentialUnusable(DrystoneError):
    """A credential cannot be used for this."""

    code = "CREDENTIAL_UNUSABLE"
    fault = "theirs"


class CredentialEnded(CredentialUnusable):
    """Its provider does not accept the credential any more: connect it again."""

    code = "CREDENTIAL_ENDED"


class KeyMissing(Unavailable):
    """The key that sealed a secret is not here."""

    code = "KEY_MISSING"


class Unread(StrEnum):
    """Why a payload from Temporal cannot be read."""

    KEY_MISSING = "KEY_MISSING"
    CHANGED = "CHANGED"
    NOT_SEALED = "NOT_SEALED"


class PayloadUnread(Unavailable):
    """A payload from Temporal cannot be read: its key is not here, or it was changed or is another's, or it is not sealed."""

    code = "PAYLOAD_UNREAD"

    def __init__(self, *, reason: Unread) -> None:
        super().__init__(f"A payload from Temporal cannot be read: {_UNREAD[reason]}", reason=reason.value)
        self.reason = reason


_UNREAD: Final = {
    Unread.KEY_MISSING: "this process has not the key that sealed it.",
    Unread.CHANGED: "it was changed, or is another workflow's.",
    Unread.NOT_SEALED: "it is not sealed, and DRYSTONE_CODEC_MODE is strict.",
}


class SealBroken(DrystoneError):
    """A sealed secret does not open: it was changed, or it belongs to another row."""

    code = "SEAL_BROKEN"


class Fenced(DrystoneError):
    """A newer attempt owns this node execution; this one may write nothing more."""

    code = "FENCED"


class IllegalMove(DrystoneError):
    """A run or node execution was moved between states in a way that the table does not have."""

    code = "ILLEGAL_MOVE"


class EngineFault(DrystoneError):
    """The scheduler was fed an event that cannot happen."""

    code = "ENGINE_FAULT"
