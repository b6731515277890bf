"""The key file: the keys that wrap data keys, as JSON that only its owner may read; it seals nothing itself.

    {"current": "k-0198...", "keys": {"k-0198...": "<32 bytes, base64>", ...}}

It is replaced as a whole and never written into, by one writer at a time: a key that was in it and got lost would take with it
what it had wrapped.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from schema.errors import Conflict, DrystoneError, KeyMissing, NotFound
from schema.ids import new_id

KEY_BYTES: Final = 32
#: Others may not read the file, nor a group write it; a group may read it, for so Kubernetes gives secrets.
_MODE_REFUSED: Final = stat.S_IRWXO | stat.S_IWGRP


class BadKeys(DrystoneError):
    """The keys that seal credentials cannot be read."""

    code = "BAD_KEYS"
    fault = "theirs"


@dataclass(frozen=True)
class Keys:
    """Keys by id; new data keys are wrapped by the one that is `current`."""

    current: str
    by_id: Mapping[str, bytes] = field(repr=False)


def read_keys(path: Path) -> Keys:
    """Read a key file. Raises KeyMissing where there is none, BadKeys where it is none or is open to others."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            text = file.read()
    except FileNotFoundError as error:
        raise KeyMissing(f"There is no key file {path}, so no credential can be sealed or opened.") from error
    except OSError as error:
        raise BadKeys(f"The key file {path} cannot be read: {error.strerror}.") from error
    if mode & _MODE_REFUSED:
        raise BadKeys(f"The key file {path} has mode {mode:04o}, so others can read it. Make it 0600.")
    try:
        document = orjson.loads(text)
        by_id = {str(key_id): _key(key) for key_id, key in document["keys"].items()}
        current = str(document["current"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadKeys(f"The key file {path} is damaged: it is no list of keys of {KEY_BYTES} bytes.") from error
    if current not in by_id:
        raise BadKeys(f"The key file {path} has not the key {current!r} that it calls the current one.")
    return Keys(current, by_id)


def parse_keys(text: str) -> Keys:
    """Read keys from a setting: `id:base64`, by commas, the current one first. Raises BadKeys."""
    pairs = [entry.strip().partition(":") for entry in text.split(",") if entry.strip()]
    try:
        by_id = {key_id: _key(key) for key_id, _, key in pairs}
    except ValueError as error:
        raise BadKeys(f"The keys are not `id:base64` of {KEY_BYTES} bytes each, by commas.") from error
    if not by_id or len(by_id) < len(pairs) or "" in by_id:
        raise BadKeys("The keys are none, or one has no id, or two have the same.")
    return Keys(pairs[0][0], by_id)


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    # A key of one byte over and over is a placeholder that somebody forgot.
    if len(key) != KEY_BYTES or len(set(key)) == 1:
        raise ValueError("not a key")
    return key


def make_key_file(path: Path) -> bool:
    """Make a key file with one key; say whether it was made: one that is there is left alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _writing(path):
        if path.exists():
            return False
        key_id = _new_key_id()
        _write(path, Keys(key_id, {key_id: secrets.token_bytes(KEY_BYTES)}))
    return True


def add_key(path: Path, *, is_current: bool = True) -> str:
    """Add a key, and make it the current one; give its id. When this returns, the key is on the disk."""
    with _writing(path):
        keys = read_keys(path)
        key_id = _new_key_id()
        added = {**keys.by_id, key_id: secrets.token_bytes(KEY_BYTES)}
        _write(path, Keys(key_id if is_current else keys.current, added))
    return key_id


def use_key(path: Path, key_id: str) -> None:
    """Make a key of the file the current one. Raises NotFound where it is not there."""
    with _writing(path):
        keys = read_keys(path)
        if key_id not in keys.by_id:
            raise NotFound(f"There is no key {key_id!r} in {path}.")
        _write(path, Keys(key_id, keys.by_id))


def drop_key(path: Path, key_id: str) -> bytes:
    """Take a key out; give it. Raises NotFound where it is not there, Conflict for the current one."""
    with _writing(path):
        keys = read_keys(path)
        if key_id not in keys.by_id:
            raise NotFound(f"There is no key {key_id!r} in {path}.")
        if key_id == keys.current:
            raise Conflict(f"The key {key_id} is the current one; rotate first.")
        _write(path, Keys(keys.current, {other: key for other, key in keys.by_id.items() if other != key_id}))
    return keys.by_id[key_id]


def put_key_back(path: Path, key_id: str, key: bytes) -> None:
    """Put a key in again that was dropped too early."""
    with _writing(path):
        keys = read_keys(path)
        _write(path, Keys(keys.current, {**keys.by_id, key_id: key}))


def _new_key_id() -> str:
    return f"k-{new_id()}"


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Be the one writer of a key file."""
    lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _write(path: Path, keys: Keys) -> None:
    texts = {key_id: base64.b64encode(key).decode() for key_id, key in keys.by_id.items()}
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        _own_as(path, file.fileno())
        file.write(orjson.dumps({"current": keys.current, "keys": texts}, option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _own_as(path: Path, fresh: int) -> None:
    """Have whoever could read the file read the one that takes its place: an operator may turn the keys of another's service."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    own = os.fstat(fresh)
    if (found.st_uid, found.st_gid) != (own.st_uid, own.st_gid):
        os.fchown(fresh, found.st_uid, found.st_gid)
    os.fchmod(fresh, stat.S_IMODE(found.st_mode) & ~_MODE_REFUSED)
