"""Keys and payloads to try the codec with; no test is here."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from temporalio.api.common.v1 import Payload

from deploy.codec import Ring, ring_of
from deploy.settings import Settings

ONE, OTHER = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
RUN, ANOTHER_RUN = "run-01920000-0000-7000-8000-000000000001", "run-01920000-0000-7000-8000-000000000002"


def settings(keys: str | None = f"a:{ONE}", **fields: Any) -> Settings:
    """Give settings with these keys of the codec."""
    given = None if keys is None else SecretStr(keys)
    return Settings(data_dir=Path("/nowhere"), codec_keys=given, **fields)


def ring(keys: str = f"a:{ONE}", **fields: Any) -> Ring:
    """Give the ring of these settings."""
    found = ring_of(settings(keys, **fields))
    assert found is not None
    return found


def plain(text: str = "words") -> Payload:
    """Give a payload that is not sealed."""
    return Payload(metadata={"encoding": b"json/plain"}, data=f'"{text}"'.encode())
