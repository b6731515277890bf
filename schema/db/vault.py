"""The vault: sealing secrets in two layers, and the keys that do it; it keeps nothing and knows no table.

Each secret is sealed with a random *data key* of its own (AES-256-GCM, random 96-bit nonce), and the data key is wrapped by a
key of the *key provider*. Both are bound to the place that they stand in, so that what is copied into another row does not
open. To rotate is to wrap data keys anew; the secrets stay as they are. What PostgreSQL holds opens nothing without the keys.

A process learns of a new key when it wraps (it looks whether the file has changed) and when it meets an id that it does not
know (it reads the file again), so keys rotate while everything runs.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schema.db.key_file import KEY_BYTES, Keys, read_keys
from schema.errors import KeyMissing, SealBroken

NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
#: The first byte of what is sealed: how it was done.
_FORM: Final = b"\x01"


class KeyProvider(Protocol):
    """Who holds the keys that wrap data keys: a file, a setting, or a service such as a cloud's KMS."""

    async def current_key_id(self) -> str:
        """Give the id of the key that wraps now."""
        ...

    async def wrap(self, data_key: bytes, bound: bytes) -> tuple[str, bytes]:
        """Give (key id, wrapped data key), bound to a place."""
        ...

    async def unwrap(self, key_id: str, wrapped: bytes, bound: bytes) -> bytes:
        """Give the data key. Raises KeyMissing where the key is not here, SealBroken where it does not open."""
        ...


class LocalKeys:
    """Keys that the process has in its memory. With none, whatever needs one fails with KeyMissing, and nothing else does."""

    def __init__(self, keys: Keys | None = None) -> None:
        self._keys = keys

    def keys(self, needed: str | None = None) -> Keys:
        """Give the keys as they are now; `needed` is one that must be among them."""
        if self._keys is None:
            raise KeyMissing("This process has no keys: set DRYSTONE_KEY_FILE or DRYSTONE_KEYS.")
        if needed is not None and needed not in self._keys.by_id:
            raise KeyMissing(f"The key {needed} is not here, and what it sealed does not open without it.")
        return self._keys

    async def current_key_id(self) -> str:
        return self.keys().current

    async def wrap(self, data_key: bytes, bound: bytes) -> tuple[str, bytes]:
        keys = self.keys()
        return keys.current, seal_with(keys.by_id[keys.current], data_key, bound)

    async def unwrap(self, key_id: str, wrapped: bytes, bound: bytes) -> bytes:
        return open_with(self.keys(key_id).by_id[key_id], wrapped, bound)


class FileKeys(LocalKeys):
    """Keys of a key file, read again when it has changed or does not have what is needed."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._stamp: tuple[int, int] | None = None

    def keys(self, needed: str | None = None) -> Keys:
        # To open something, a file that had the key once is not even looked at.
        if needed is None or self._keys is None or needed not in self._keys.by_id:
            self._look()
        return super().keys(needed)

    def _look(self) -> None:
        """Read the file unless it is the one that was read."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            stamp = None
        else:
            stamp = (found.st_ino, found.st_mtime_ns)
        if stamp is None or stamp != self._stamp:
            self._keys, self._stamp = read_keys(self.path), stamp


@dataclass(frozen=True)
class Sealed:
    """A sealed secret, as a row keeps it."""

    sealed: bytes
    wrapped_key: bytes
    key_id: str


def place_of(tenant: UUID, owner: object, version: int, provider: str) -> bytes:
    """Give what a secret is bound to: `owner` is the id of its row."""
    return f"{tenant}|{owner}|{version}|{provider}".encode()


@dataclass(frozen=True)
class Vault:
    """Seals and opens."""

    provider: KeyProvider

    async def seal(self, secret: bytes, bound: bytes) -> Sealed:
        data_key = secrets.token_bytes(KEY_BYTES)
        key_id, wrapped = await self.provider.wrap(data_key, bound)
        return Sealed(seal_with(data_key, secret, bound), wrapped, key_id)

    async def open(self, sealed: Sealed, bound: bytes) -> bytes:
        """Give the secret. Raises KeyMissing or SealBroken."""
        data_key = await self.provider.unwrap(sealed.key_id, sealed.wrapped_key, bound)
        return open_with(data_key, sealed.sealed, bound)

    async def rewrap(self, sealed: Sealed, bound: bytes) -> Sealed:
        """Wrap the data key by the current key; the secret is not opened."""
        data_key = await self.provider.unwrap(sealed.key_id, sealed.wrapped_key, bound)
        key_id, wrapped = await self.provider.wrap(data_key, bound)
        return Sealed(sealed.sealed, wrapped, key_id)


def seal_with(key: bytes, data: bytes, bound: bytes) -> bytes:
    """Give form, nonce and ciphertext with its tag."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _FORM + nonce + AESGCM(key).encrypt(nonce, data, bound)


def open_with(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Give what `seal_with` sealed; raise SealBroken where anything of it is not as it was."""
    if len(sealed) < len(_FORM) + NONCE_BYTES + _TAG_BYTES or sealed[:1] != _FORM or len(key) != KEY_BYTES:
        raise SealBroken
    nonce, text = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, text, bound)
    except InvalidTag as error:
        raise SealBroken from error
