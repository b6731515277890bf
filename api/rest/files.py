"""The routes of files: upload and download, streamed both ways; what a client says of a file is never trusted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, status
from fastapi.requests import Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from api.call import Call
from api.config import ApiConfig
from api.graphql.ids import decode_uuid, encode_id
from api.media import content_disposition
from api.rest.callers import BEARER, needs
from api.rest.problems import answers
from api.uploads import is_usable, need_usable, take_upload
from schema.access import Right
from schema.db.files import File
from schema.files import file_reference, value_of_file

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
#: Nothing in a file of others runs, wherever it is opened.
_SANDBOX: Final = "sandbox; default-src 'none'"
#: How a form with a file stands in the OpenAPI document: the route reads it itself.
UPLOAD_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
BYTES_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The bytes.", "content": {"application/octet-stream": {}}},
    206: {"description": "The bytes that `Range` asked for.", "content": {"application/octet-stream": {}}},
    416: {"description": "The file has no such range."},
}


class FileAnswer(BaseModel):
    """A file that was uploaded."""

    id: str = Field(description="The file's id, as in GraphQL.")
    name: str = Field(description="Its name; of what the client gave, what can stand in a name.")
    media_type: str = Field(description="Its type, from a closed list, by how the file begins.")
    size: int = Field(description="Bytes.")
    sha256: str
    status: str = Field(description="clean, or unscannable where the deployment accepts that.")
    scanned_by: str | None = Field(description="The scanner and the version of its signatures; null: not scanned.")
    created_at: datetime
    media_value: str = Field(description="What stands for it as an agent's input.")


files_router: Final = APIRouter(prefix="/files", tags=["files"], dependencies=[BEARER])


@files_router.post(
    "",
    summary="Upload a file",
    status_code=status.HTTP_201_CREATED,
    openapi_extra=UPLOAD_BODY,
    responses=answers(400, 401, 403, 413, 422, 429, 503),
)
async def upload_file(request: Request, call: Annotated[Call, needs(Right.WRITE_FILES, "uploadFile")]) -> FileAnswer:
    """Keep one file, sent as multipart/form-data. A file that the scanner does not pass is kept, marked, and refused with 422."""
    file = (await take_upload(call, request)).file
    need_usable(file, call.services.config)
    shown = {"id": encode_id("File", file.id), "media_value": value_of_file(file.id, file.media_type)}
    return FileAnswer(**{**vars(file), **shown})


@files_router.get(
    "/{file_id}",
    summary="Download a file",
    response_class=Response,
    responses={**BYTES_ANSWER, **answers(401, 403, 404, 422, 429, 503)},
)
async def download_file(file_id: str, request: Request, call: Annotated[Call, needs(Right.READ_FILES)]) -> Response:
    """Give a file's bytes, to be kept and never shown in place. One range is served; of several, the whole file. The id may also be
    as a media value has it, `workspace://ID#type`."""
    named = file_reference(file_id)
    key = named.file_id if named is not None and named.file_id is not None else decode_uuid("File", file_id)
    return await download(call, await call.stores.files.get(call.tenant, key), request)


@files_router.delete(
    "/{file_id}",
    summary="Delete a file",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=answers(401, 403, 404, 429, 503),
)
async def delete_file(file_id: str, call: Annotated[Call, needs(Right.WRITE_FILES, "deleteFile")]) -> None:
    """Delete a file and its bytes."""
    await call.stores.files.delete(call.tenant, decode_uuid("File", file_id))


@dataclass(frozen=True)
class Span:
    """The bytes from `start` to before `end`."""

    start: int
    end: int


async def download(call: Call, file: File, request: Request) -> Response:
    """Answer a file's bytes, or those that the request's range names."""
    need_usable(file, call.services.config)
    headers = _headers(file)
    asked = request.headers.get("range")
    if asked is None or request.headers.get("if-range", headers["ETag"]) != headers["ETag"]:
        return _stream(await _parts(call, file, Span(0, file.size)), 200, file.size, headers)
    span = span_of(asked, file.size)
    if span is None:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{file.size}"})
    if span == Span(0, file.size):
        return _stream(await _parts(call, file, span), 200, file.size, headers)
    headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{file.size}"
    return _stream(await _parts(call, file, span), 206, span.end - span.start, headers)


def download_path(file: File, config: ApiConfig) -> str | None:
    """Give where a file is downloaded; None where it may not be."""
    return f"/files/{encode_id('File', file.id)}" if is_usable(file, config) else None


def span_of(asked: str, size: int) -> Span | None:
    """Give the bytes that a Range header names, all of them where it is none that we serve; None where the file has not those."""
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return Span(0, size)
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < start:
            return Span(0, size)  # RFC 9110: such a header is invalid, and is ignored.
    return Span(start, end) if start < end else None


async def _parts(call: Call, file: File, span: Span) -> AsyncIterator[bytes]:
    return await call.stores.files.read(call.tenant, file.id, span.start, span.end)


def _stream(parts: AsyncIterator[bytes], code: int, size: int, headers: dict[str, str]) -> StreamingResponse:
    return StreamingResponse(parts, code, {**headers, "Content-Length": str(size)})


def _headers(file: File) -> dict[str, str]:
    return {
        "Content-Type": file.media_type,
        "Content-Disposition": content_disposition(file.name),
        "Content-Security-Policy": _SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "ETag": f'"{file.sha256}"',
    }
