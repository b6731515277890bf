"""Files that an agent makes: each output of a task's run that is a `data:` URI is kept as an artifact, once; it runs nothing.

An artifact's id is made of its step and the output's place, so that whoever looks at a step that is over may keep what is not kept
yet: two at once, or one after a crash, give one artifact.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes
from uuid import UUID, uuid5

import structlog

from api.call import Call
from api.media import file_name
from api.uploads import Incoming, is_usable, keep
from schema.db.protocol import Artifact, NewArtifact, Step
from schema.errors import DrystoneError

log = structlog.get_logger()

#: RFC 2397, with the name that some give beside: data:text/plain;name=out.txt;base64,...
_HEAD: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[^;,]{0,300})*)(;base64)?,", re.ASCII)
_NAME: Final = re.compile(r";(?:file)?name=([^;,]*)", re.ASCII)
_PART_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Made:
    """A file in an output."""

    name: str
    media_type: str
    data: bytes


async def keep_made(call: Call, step: Step, outputs: Mapping[str, list[Any]]) -> list[Artifact]:
    """Keep the files of a step that is over; give its artifacts. One that cannot be kept stays an output, and is logged."""
    found = await call.stores.protocol.artifacts_of_step(call.tenant, step)
    known = {artifact.id for artifact in found}
    values = [(name, value) for name, of_name in outputs.items() for value in of_name]
    for place, (name, value) in enumerate(values):
        artifact_id = uuid5(step.id, f"output/{place}")
        made = None if artifact_id in known else file_of(name, value)
        if made is None:
            continue
        try:
            await _keep(call, step, artifact_id, made)
        except DrystoneError as error:
            log.warning(
                "a file of an agent cannot be kept", step=str(step.id), code=error.code, reason=error.message[:200]
            )
    return await call.stores.protocol.artifacts_of_step(call.tenant, step)


def file_of(output: str, value: Any) -> Made | None:
    """Give the file that an output is; None where it is something else."""
    head = _HEAD.match(value) if isinstance(value, str) and value.startswith("data:") else None
    if head is None:
        return None
    rest = value[head.end() :]
    try:
        data = base64.b64decode(unquote(rest), validate=True) if head[3] else unquote_to_bytes(rest)
    except (binascii.Error, ValueError):
        return None
    media_type = (head[1] or "text/plain").lower()
    named = _NAME.search(head[2])
    name = unquote(named[1]) if named is not None else f"{output}{mimetypes.guess_extension(media_type) or ''}"
    return Made(file_name(name), media_type, data)


async def _keep(call: Call, step: Step, artifact_id: UUID, made: Made) -> None:
    file = await keep(call, Incoming(made.name, made.media_type, _parts(made.data), run_id=step.run_id))
    if not is_usable(file, call.services.config):
        return
    new = NewArtifact(step.task_id, file.id, None, id=artifact_id, step_number=step.number, is_made_by_agent=True)
    try:
        artifact = await call.stores.protocol.add_artifact(call.tenant, new)
    except DrystoneError:
        await call.stores.files.delete(call.tenant, file.id)
        raise
    if artifact.file_id != file.id:
        await call.stores.files.delete(call.tenant, file.id)  # Somebody else was first.


async def _parts(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _PART_BYTES):
        yield data[start : start + _PART_BYTES]
