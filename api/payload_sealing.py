"""Sealing, as the Codec Server uses it: what the deployment gives it for payloads of Temporal; the keys are not here."""

from __future__ import annotations

from typing import Protocol

from temporalio.api.common.v1 import Payload


class Sealing(Protocol):
    """Seals and opens payloads: `deploy.codec`."""

    def seal(self, payload: Payload, subject: str) -> Payload: ...

    def open(self, payload: Payload, subject: str) -> Payload: ...

    def subject(self, payload: Payload) -> str | None: ...
