"""Files in Google Drive: what stands for one on a pin, and who may see it, https://developers.google.com/workspace/drive/api/reference/rest/v3.

Nothing is stored here. A file on a pin may name the credential by which it was chosen; the worker opens that one where the node was
given no other (`schema.credentials.Requirement.named_by`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from blocks.google.answers import needed, said
from blocks.sdk.credentials import Credential
from blocks.sdk.rest import Api, CursorPaging
from schema.credentials import ID_IN_FILE
from schema.errors import InvalidInput, MissingCredentials, shorten

_PERMISSIONS: Final = "drive:/drive/v3/files/{file_id}/permissions"
_IN_ADDRESS: Final = re.compile(r"/d/([\w-]{10,200})")
_ID: Final = re.compile(r"[\w-]{1,200}")


class GoogleDriveFile(BaseModel):
    """A file in Google Drive as its chooser gives it; what else it says of the file is kept."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str | None = None
    mimeType: str | None = None  # noqa: N815 - the name on the wire
    url: str | None = None


class ShareRole(StrEnum):
    """What somebody may do with a file."""

    READER = "reader"
    WRITER = "writer"
    COMMENTER = "commenter"


class PublicAccessRole(StrEnum):
    """What everybody with the link may do with a file."""

    READER = "reader"
    COMMENTER = "commenter"


def file_id(file: GoogleDriveFile, pin: str, media_type: str) -> str:
    """Give the id of a file, which may be given as its address. Raises InvalidInput for what is none, or of another type."""
    if file.mimeType and file.mimeType != media_type:
        raise InvalidInput(f"{file.name or file.id!r} is of the type {file.mimeType}, not {media_type}.", pin=pin)
    found = _IN_ADDRESS.search(file.id)
    own = found[1] if found else file.id.strip()
    if not _ID.fullmatch(own):
        raise InvalidInput(f"{shorten(file.id, 100)!r} is neither a file's id nor its address.", pin=pin)
    return own


def made_file(own_id: str, name: str, media_type: str, url: str, credential: Credential) -> dict[str, Any]:
    """Give what stands for a file that was made here, by this credential."""
    return {
        "id": own_id,
        "name": name,
        "mimeType": media_type,
        "url": url,
        "isFolder": False,
        ID_IN_FILE: credential.reference.id,
    }


def passed_on(file: GoogleDriveFile, own_id: str, url: str) -> dict[str, Any]:
    """Give a file as it came, so that the next block finds it, and its credential, too."""
    return {**file.model_dump(exclude_none=True), "id": own_id, "url": file.url or url}


def need_credential(credential: Credential | None) -> Credential:
    """Give a node's credential; raise MissingCredentials."""
    if credential is None:
        what = "choose one for google_oauth2_credentials when the agent is started, or on the node"
        raise MissingCredentials(f"The node has no credential of Google, and its file names none: {what}.")
    return credential


async def share(
    api: Api, own_id: str, email: str, role: ShareRole, *, sends_mail: bool, message: str
) -> Mapping[str, Any]:
    """Let somebody use a file; with no address, everybody who has the link. Give the permission."""
    permission = {"type": "user", "emailAddress": email.strip()} if email.strip() else {"type": "anyone"}
    query: dict[str, Any] = {"supportsAllDrives": True}
    if email.strip():
        query |= {"sendNotificationEmail": sends_mail, "emailMessage": message if sends_mail and message else None}
    answer = await api.call(
        "POST", _PERMISSIONS, {"file_id": own_id}, query=query, json={**permission, "role": role.value}
    )
    return said(answer)


async def set_public(api: Api, own_id: str, role: PublicAccessRole, *, is_public: bool) -> int:
    """Let everybody who has the link see a file, or nobody any more; give how many permissions were made or removed."""
    if is_public:
        await share(api, own_id, "", ShareRole(role.value), sends_mail=False, message="")
        return 1
    paging = CursorPaging("pageToken", ("nextPageToken",), ("permissions",))
    asked = {"supportsAllDrives": True, "fields": "nextPageToken,permissions(id,type)"}
    found = [one async for one in api.pages(_PERMISSIONS, {"file_id": own_id}, paging, query=asked)]
    public = [needed(one, "id") for one in found if isinstance(one, dict) and one.get("type") == "anyone"]
    for permission in public:
        await api.call(
            "DELETE",
            f"{_PERMISSIONS}/{{permission_id}}",
            {"file_id": own_id, "permission_id": permission},
            query={"supportsAllDrives": True},
        )
    return len(public)
