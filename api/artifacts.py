"""Files that an agent makes: each output of a task's run that is a file is an artifact, once; it runs nothing.

One that is a `data:` URI is kept; one that the run stored is there already.

An artifact's id is made of its step and the output's place, so that whoever looks at a step that is over may keep what is not kept
yet: two at once, or one after a crash, give one artifact.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

import structlog

from api.call import Call
from api.uploads import is_usable, keeping_of
from schema.db.files import File, NewFile
from schema.db.keeping import Incoming
from schema.db.protocol import Artifact, NewArtifact, Step
from schema.errors import DrystoneError, InvalidValue
from schema.files import file_reference
from schema.media import file_name, name_with_type, parse_data_uri

log = structlog.get_logger()

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
        if artifact_id in known:
            continue
        try:
            await _keep(call, step, artifact_id, name, value)
        except DrystoneError as error:
            log.warning(
                "a file of an agent cannot be kept", step=str(step.id), code=error.code, reason=error.message[:200]
            )
    return await call.stores.protocol.artifacts_of_step(call.tenant, step)


def file_of(output: str, value: Any) -> Made | None:
    """Give the file that an output is as a `data:` URI; None where it is something else."""
    uri = parse_data_uri(value) if isinstance(value, str) else None
    if uri is None:
        return None
    try:
        data = uri.content()
    except InvalidValue:
        return None
    return Made(file_name(uri.name or name_with_type(output, uri.media_type)), uri.media_type, data)


async def _keep(call: Call, step: Step, artifact_id: UUID, output: str, value: Any) -> None:
    """Make an output's file an artifact, if it is one and may be used."""
    made = file_of(output, value)
    if made is None:
        stored = await _stored(call, step, value)
        if stored is not None:
            await _add(call, step, artifact_id, stored)
        return
    new = NewFile(made.name, run_id=step.run_id)
    file = await keeping_of(call).keep(call.tenant, Incoming(new, made.media_type, _parts(made.data)))
    if not is_usable(file, call.services.config):
        return
    try:
        artifact = await _add(call, step, artifact_id, file)
    except DrystoneError:
        await call.stores.files.delete(call.tenant, file.id)
        raise
    if artifact.file_id != file.id:
        await call.stores.files.delete(call.tenant, file.id)  # Somebody else was first.


async def _stored(call: Call, step: Step, value: Any) -> File | None:
    """Give the stored file that an output is, where its run stored it and it may be used."""
    named = file_reference(value) if isinstance(value, str) else None
    if named is None or named.file_id is None:
        return None
    file = (await call.stores.files.by_id(call.tenant, [named.file_id])).get(named.file_id)
    is_its = file is not None and file.run_id == step.run_id and is_usable(file, call.services.config)
    return file if is_its else None


async def _add(call: Call, step: Step, artifact_id: UUID, file: File) -> Artifact:
    new = NewArtifact(step.task_id, file.id, None, id=artifact_id, step_number=step.number, is_made_by_agent=True)
    return await call.stores.protocol.add_artifact(call.tenant, new)


async def _parts(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _PART_BYTES):
        yield data[start : start + _PART_BYTES]
