"""The payload codec: seals what goes to Temporal and opens what comes from there, or refuses it; it calls nobody.

Temporal and its database are then trusted with nothing but names and times. A payload is sealed by AES-256-GCM:

    metadata  encoding: binary/encrypted, codec-key: ID.FINGERPRINT, codec-subject: the workflow's id
    data      nonce (12 bytes) | what was sealed, with its own metadata | tag

Each workflow has a key of its own, derived from the deployment's (HKDF's second step, RFC 5869) by the namespace and the
workflow's id, its *subject*; both are authenticated, too. So what is copied into another workflow or namespace does not open, and
random nonces never come near the 2^32 messages that a key of AES-GCM may seal. The fingerprint tells two keys of one id apart: what
this process has no key for is not taken for something that was changed.

What cannot be read ends no run. While a key is missing, workflow tasks fail and are tried again, and activities are, as when
the database is away: with the key the run goes on. A workflow that is given what was changed, or is not sealed, waits the same
way, for such a payload may also stand for a setting that is wrong. Only a signal of that kind is dropped: anybody may send one,
and one that was tried for ever would stop its run. Each refusal is logged, counted, and the type of the failure in Temporal.

It works in the event loop: 6 us for a kilobyte both ways, and 2 ms for a megabyte, more than which no payload has.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hmac import digest
from typing import Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from prometheus_client import Counter
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from deploy.settings import Settings
from schema.db.key_file import BadKeys, parse_keys
from schema.db.vault import NONCE_BYTES, FileKeys, LocalKeys
from schema.errors import KeyMissing, PayloadUnread, Unread
from workflows.converter import DATA_CONVERTER, SEALED, SealingDataConverter, subject_of, unread

log = structlog.get_logger()

KEY, SUBJECT = "codec-key", "codec-subject"
#: Ciphers of workflows that are kept: as many as a worker keeps in its cache, and some more.
CIPHERS_MAX: Final = 4_096
_FORM: Final = b"drystone payload 1"
_FINGERPRINT_BYTES: Final = 4

#: Every process shows it: `deploy.telemetry` has it registered.
REFUSED: Final = Counter(
    "drystone_payloads_refused_total", "Payloads from Temporal that could not be read.", ("reason",), registry=None
)


@dataclass
class Ring:
    """The keys of the codec, in one namespace."""

    provider: LocalKeys
    namespace: str
    #: While sealing is being switched on, or off: whether this process seals, and whether it takes what is not sealed.
    seals: bool = True
    accepts_plain: bool = False
    _names: dict[tuple[str, bytes], str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._cipher = lru_cache(CIPHERS_MAX)(self._derive)

    def seal(self, payload: Payload, subject: str) -> Payload:
        """Seal a payload for a workflow, where this process seals."""
        if not self.seals:
            return payload
        name, nonce = self._current(), os.urandom(NONCE_BYTES)
        data = nonce + self._cipher(name, subject).encrypt(nonce, payload.SerializeToString(), self._bound(subject))
        metadata = {"encoding": SEALED, KEY: name.encode(), SUBJECT: subject.encode()}
        return Payload(metadata=metadata, data=data)

    def open(self, payload: Payload, subject: str) -> Payload:
        """Open a payload of a workflow. Raises PayloadUnread."""
        if payload.metadata.get("encoding") != SEALED:
            if self.accepts_plain:
                return payload
            raise PayloadUnread(reason=Unread.NOT_SEALED)
        try:
            cipher = self._cipher(payload.metadata[KEY].decode(), subject)
            data = cipher.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], self._bound(subject))
            return Payload.FromString(data)
        except (KeyMissing, BadKeys) as error:
            raise PayloadUnread(reason=Unread.KEY_MISSING) from error
        except (InvalidTag, ValueError) as error:
            raise PayloadUnread(reason=Unread.CHANGED) from error

    def subject(self, payload: Payload) -> str | None:
        """Say which workflow a payload claims to be of; None where it is not sealed. Only opening it proves the claim."""
        if payload.metadata.get("encoding") != SEALED:
            return None
        return payload.metadata[SUBJECT].decode(errors="replace")

    def _current(self) -> str:
        keys = self.provider.keys()
        key = keys.by_id[keys.current]
        found = self._names.get((keys.current, key))
        if found is None:
            found = self._names[keys.current, key] = f"{keys.current}.{_fingerprint(key)}"
        return found

    def _derive(self, name: str, subject: str) -> AESGCM:
        key_id, _, fingerprint = name.rpartition(".")
        key = self.provider.keys(key_id).by_id[key_id]
        if _fingerprint(key) != fingerprint:
            raise KeyMissing("Another key of this id sealed it.")
        return AESGCM(digest(key, self._bound(subject) + b"\x01", "sha256"))

    def _bound(self, subject: str) -> bytes:
        return b"\0".join((_FORM, self.namespace.encode(), subject.encode()))


def _fingerprint(key: bytes) -> str:
    return digest(key, b"drystone payload fingerprint", "sha256")[:_FINGERPRINT_BYTES].hex()


class Codec(PayloadCodec, WithSerializationContext):
    """The ring as the SDK calls it, for one workflow: what it is about comes by `with_context`."""

    def __init__(self, ring: Ring, subject: str = "", *, is_activity: bool = False) -> None:
        self.ring, self.subject, self.is_activity = ring, subject, is_activity

    def with_context(self, context: SerializationContext) -> Codec:
        if not isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
            return self
        is_activity = isinstance(context, ActivitySerializationContext)
        return Codec(self.ring, subject_of(context.workflow_id or ""), is_activity=is_activity)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self.ring.seal(payload, self.subject) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._open(payload) for payload in payloads]

    def _open(self, payload: Payload) -> Payload:
        try:
            return self.ring.open(payload, self.subject)
        except PayloadUnread as error:
            REFUSED.labels(error.reason).inc()
            claim, key = self.ring.subject(payload), payload.metadata.get(KEY, b"").decode(errors="replace")
            log.error("a payload cannot be read", reason=error.reason, workflow=self.subject, claim=claim, key=key)
            if error.reason is Unread.KEY_MISSING and not self.is_activity:
                raise
            return unread(error.reason, self.is_activity)


def ring_of(settings: Settings) -> Ring | None:
    """Give the codec's keys, from the settings; None where nothing is sealed. Raises BadKeys, KeyMissing."""
    provider: LocalKeys
    if settings.codec_keys is not None:
        provider = LocalKeys(parse_keys(settings.codec_keys.get_secret_value()))
    elif settings.codec_key_file is not None:
        provider = FileKeys(settings.codec_key_file)
        provider.keys()
    else:
        return None
    mode = settings.codec_mode
    return Ring(provider, settings.temporal_namespace, seals=mode != "opening", accepts_plain=mode != "strict")


def codec_problems(settings: Settings) -> list[str]:
    """Say what is wrong with the keys of the codec."""
    try:
        ring_of(settings)
    except (BadKeys, KeyMissing) as error:
        return [f"{error.message} See DRYSTONE_CODEC_KEYS and DRYSTONE_CODEC_KEY_FILE."]
    return []


def data_converter_of(settings: Settings) -> DataConverter:
    """Give how values become payloads in this deployment."""
    ring = ring_of(settings)
    return DATA_CONVERTER if ring is None else SealingDataConverter.of(Codec(ring), is_sealing=ring.seals)
