"""Predictions: a model of Replicate's, run once, and what it gave; it never starts one twice for one node execution's first step.

Addresses in an output end after an hour; https://replicate.com/docs/topics/predictions/output-files.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from blocks.providers.replicate import REPLICATE
from blocks.sdk.directives import Emission
from blocks.sdk.files import is_address
from blocks.sdk.jobs import JobBlock, Pace
from blocks.sdk.rest import Api, found_at
from schema.errors import BlockFailed, InvalidInput, shorten
from schema.media import make_data_uri

_MODEL: Final = re.compile(r"([A-Za-z0-9][\w.-]*)/([A-Za-z0-9][\w.-]*)(?::([0-9a-f]{64}))?")
#: Bytes of a file that is sent in the request itself: what Replicate asks for. Others are uploaded first.
_INLINE_BYTES_MAX: Final = 256 * 1024
#: Bytes of a file that is given to a model: what Replicate takes.
_FILE_BYTES_MAX: Final = 100 * 1024 * 1024


@dataclass(frozen=True)
class Prediction:
    """What is to be run: `owner/name`, perhaps with `:version`, and with what."""

    model: str
    input: Mapping[str, Any] = field(default_factory=dict)


class PredictionBlock(JobBlock):
    """A block that runs a model."""

    is_abstract = True
    provider = REPLICATE
    pace = Pace(first_seconds=2.0)

    @abstractmethod
    async def prediction(self, inputs: Any, api: Api) -> Prediction:
        """Give what is to be run."""

    @abstractmethod
    async def given(self, inputs: Any, api: Api, found: Mapping[str, Any]) -> Sequence[Emission]:
        """Give what a prediction that succeeded gives."""

    async def start(self, inputs: Any, api: Api) -> Any:
        wanted = await self.prediction(inputs, api)
        body = {"version": await _runnable(api, wanted.model), "input": dict(wanted.input)}
        answer = await api.call("POST", "/predictions", json=body)
        return answer.content["id"]

    async def ask(self, inputs: Any, api: Api, job: Any) -> Sequence[Emission] | None:
        found = (await api.call("GET", "/predictions/{id}", {"id": job})).content
        status = found.get("status")
        if status == "succeeded":
            return await self.given(inputs, api, found)
        if status in ("failed", "canceled", "aborted"):
            why = shorten(str(found.get("error") or "no reason is given"), 500)
            raise BlockFailed(f"Replicate's prediction {job} is {status}: {why}")
        return None


async def _runnable(api: Api, model: str) -> str:
    """Give a model as a prediction takes it: official ones by name, others by their newest version where none is named."""
    named = _MODEL.fullmatch(model.strip())
    if named is None:
        raise InvalidInput(f"{shorten(model, 100)!r} is no model of Replicate's: write owner/name.")
    if named[3]:
        return named[3]
    answer = await api.call("GET", "/models/{owner}/{model}", {"owner": named[1], "model": named[2]})
    newest = found_at(answer.content, ("latest_version", "id"))
    if answer.content.get("is_official") or newest is None:
        return f"{named[1]}/{named[2]}"
    return str(newest)


async def as_file(api: Api, value: str) -> str:
    """Give a media value as a model takes it: an address, which Replicate fetches, or a file that is sent to it."""
    if is_address(value):
        return value
    file = await api.context.files.open(value, bytes_max=_FILE_BYTES_MAX)
    if len(file.content) <= _INLINE_BYTES_MAX:
        return make_data_uri(file.content, file.media_type)
    sent = await api.call("POST", "/files", files=[("content", (file.name, file.content, file.media_type))])
    return str(sent.content["urls"]["get"])


def as_text(output: Any) -> str:
    """Give what a model gave as one text: the first of its files, or the pieces of its text together."""
    if isinstance(output, list):
        pieces = [as_text(piece) for piece in output]
        return pieces[0] if pieces and is_address(pieces[0]) else "".join(pieces)
    if isinstance(output, Mapping):
        return as_text(next((value for value in output.values() if value is not None), None))
    if output is None:
        raise BlockFailed("The model gave nothing.")
    return output if isinstance(output, str) else str(output)
