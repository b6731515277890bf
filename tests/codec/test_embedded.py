"""The embedded stack with sealing: Temporal's UI is told of the Codec Server, and without keys of none."""

from __future__ import annotations

from pathlib import Path

from deploy.session import embedded
from deploy.stack import temporal
from tests.codec.keys import settings


def options(codec_endpoint: str | None) -> list[str]:
    ports = temporal.TemporalPorts(1, 2)
    return list(temporal.spec(Path("/nowhere"), ports, {}, codec_endpoint).command)


def test_temporals_ui_is_told_where_the_codec_server_is() -> None:
    told = options("http://127.0.0.1:8080/codec")
    assert told[told.index("--ui-codec-endpoint") + 1] == "http://127.0.0.1:8080/codec"
    assert "--ui-codec-endpoint" not in options(None)


def test_a_stack_seals_where_its_settings_have_keys() -> None:
    assert settings().has_codec
    assert not settings(None).has_codec
    assert embedded(settings(), {}, print, has_api=True).has_codec
    assert not embedded(settings(), {}, print).has_codec  # It has no API that could serve the UI.
    assert not embedded(settings(None), {}, print, has_api=True).has_codec
