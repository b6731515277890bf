"""An upload's way in: from a request's form to a settled file; it opens no route."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.requests import Request

from api.call import Call
from api.config import ApiConfig
from api.multipart import Form
from blocks.scanning import scanner_of
from schema.db.files import File, NewFile
from schema.db.keeping import Incoming, Keeping
from schema.errors import FileRefused
from schema.files import unusable_reason
from schema.media import file_name


@dataclass(frozen=True)
class Upload:
    """A settled file, and the fields that came with it."""

    file: File
    fields: dict[str, str]


def keeping_of(call: Call) -> Keeping:
    """Give a caller's way of keeping files."""
    config = call.services.config
    return Keeping(call.stores.files, scanner_of(config.clamd_address), config.accepts_unscanned)


async def take_upload(call: Call, request: Request) -> Upload:
    """Keep the one file of a form. Where this raises or is cancelled, neither a row nor an object is left.

    A file that the scanner does not pass is kept and marked as such; who may use it is `need_usable`'s matter.
    """
    form = Form(request, call.services.config.upload_bytes_max)
    await form.open()
    new = NewFile(file_name(form.name), owner_id=call.principal.person_id)
    file = await keeping_of(call).keep(call.tenant, Incoming(new, form.media_type, form.parts()), form.close)
    return Upload(file, form.fields)


def is_usable(file: File, config: ApiConfig) -> bool:
    """Say whether a file may be downloaded and used."""
    return unusable_reason(file.status, file.signature, accepts_unscanned=config.accepts_unscanned) is None


def need_usable(file: File, config: ApiConfig) -> None:
    """Raise FileRefused where a file may not be downloaded and used."""
    why = unusable_reason(file.status, file.signature, accepts_unscanned=config.accepts_unscanned)
    if why is not None:
        raise FileRefused(why, file_id=str(file.id), reason=file.status.upper())
