"""Starting a run by way of the API: the agent's file goes in, and a run of it is accepted; asked twice it is one run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from deploy.ids import from_api, to_api
from deploy.refusals import ApiRefused, error_of
from deploy.remote import Api, Json
from schema.ids import new_id

#: Bytes of a document that goes in a request, whose limit is 256 KB; a larger one is uploaded first.
DOCUMENT_BYTES_MAX: Final = 192 * 1024
#: Problems of a node whose block is not installed there: it is kept, and does not run.
_NOT_HERE: Final = ("UNKNOWN_BLOCK", "BLOCK_NOT_INSTALLED")
_PROBLEM: Final = "code message path nodeId pin remedy"
_ERRORS: Final = f"errors {{ {_PROBLEM} }}"
_CHECK: Final = (
    "query($document: JSON!) { checkGraph(document: $document, asImported: true) "
    "{ severity code message nodeId pin remedy } }"
)
_IMPORT: Final = (
    "mutation($document: JSON, $file: ID) { importGraph(input: {document: $document, fileId: $file}) "
    f"{{ graph {{ id }} version {{ number }} {_ERRORS} }} }}"
)
_START: Final = f"mutation($input: StartRunInput!) {{ startRun(input: $input) {{ run {{ id }} {_ERRORS} }} }}"
_DELETE: Final = f"mutation($id: ID!) {{ deleteFile(id: $id) {{ {_ERRORS} }} }}"


@dataclass(frozen=True)
class Asked:
    """A run that somebody asks for on the command line."""

    #: The agent's id, or the name of its file.
    agent: str
    #: What is in the file; absent: an agent that is there already.
    data: bytes | None
    inputs: Mapping[str, Any]
    key: str | None = None
    #: {key that the agent asks for: credential's UUID}.
    credentials: Mapping[str, str] = field(default_factory=dict)


async def start_run(api: Api, asked: Asked) -> str:
    """Bring the agent in where it is a file, and accept a run of it; give the run's UUID: from now on it will run."""
    wanted: Json = {
        "inputs": dict(asked.inputs),
        "idempotencyKey": asked.key or f"cli-{new_id()}",
        "credentials": [
            {"key": key, "credentialId": to_api("Credential", one)} for key, one in asked.credentials.items()
        ],
    }
    if asked.data is None:
        wanted["graphId"] = to_api("Graph", asked.agent)
    else:
        wanted |= await _imported(api, Path(asked.agent).name, asked.data)
    return from_api((await api.change("startRun", _START, input=wanted))["run"]["id"])


async def _imported(api: Api, name: str, data: bytes) -> Json:
    """Bring a file in; give which agent and version it is there."""
    document = orjson.loads(data)
    if len(orjson.dumps(document)) <= DOCUMENT_BYTES_MAX:
        # First: an import keeps also what cannot run, and makes it the agent's active version.
        await _check(api, document)
        made = await api.change("importGraph", _IMPORT, document=document)
    else:
        made = await _uploaded(api, name, data)
    return {"graphId": made["graph"]["id"], "version": made["version"]["number"]}


async def _check(api: Api, document: Json) -> None:
    """Raise ApiRefused with every problem where a run of this could not be."""
    found = (await api.ask(_CHECK, document=document))["checkGraph"]
    if any(one["severity"] == "ERROR" or one["code"] in _NOT_HERE for one in found):
        raise error_of([{**one, "code": "INVALID_GRAPH"} for one in found])


async def _uploaded(api: Api, name: str, data: bytes) -> Json:
    """Bring a file in that is too large for a request: it is uploaded, and deleted when it is an agent."""
    file_id = await api.upload(name, data)
    try:
        return await api.change("importGraph", _IMPORT, file=file_id)
    finally:
        try:
            await api.change("deleteFile", _DELETE, id=file_id)
        except ApiRefused:
            pass  # It was deleted already: an answer was lost, and this was asked again.
