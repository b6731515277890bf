"""Whoever talks to Temporal does so by the client that seals: one module makes it."""

from __future__ import annotations

from tests.tidy.source import package_sources, planted


def connecting(text: str) -> bool:
    return "Client.connect(" in text


def test_one_module_connects_to_temporal_and_another_only_asks_whether_it_is_there() -> None:
    found = {str(source.path) for source in package_sources() if connecting(source.text)}
    # The embedded server's own check sends no payload, and knows no settings.
    assert found == {"deploy/connecting.py", "deploy/stack/temporal.py"}


def test_another_one_would_be_seen() -> None:
    assert connecting(planted("client = await Client.connect('localhost:7233')").text)
