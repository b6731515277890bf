"""What a deployment says of keys and of OAuth providers: read, or refused by what is wrong with it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from deploy.sealing import BadProviders, ensure_keys, key_path, key_problems, key_provider, oauth_providers
from deploy.settings import Settings
from schema.db.key_file import BadKeys, read_keys
from schema.db.vault import FileKeys, LocalKeys
from schema.errors import KeyMissing

KEY = base64.b64encode(bytes(range(32))).decode()
OWN = {"authorize_url": "https://a.example.com/authorize", "token_url": "https://a.example.com/token"}
CLIENT = {"client_id": "id", "client_secret": "the client's secret"}


def settings(folder: Path, **fields: Any) -> Settings:
    return Settings(data_dir=folder, **fields)


def with_providers(folder: Path, document: Any) -> Settings:
    file = folder / "oauth.json"
    file.write_bytes(document if isinstance(document, bytes) else orjson.dumps(document))
    return settings(folder, oauth_file=file)


def test_the_embedded_stacks_key_file_is_made_when_it_is_missing(tmp_path: Path) -> None:
    found = settings(tmp_path / "data")
    assert key_problems(found)
    ensure_keys(found)
    before = read_keys(key_path(found))
    ensure_keys(found)
    assert read_keys(key_path(found)) == before
    assert key_problems(found) == []
    assert isinstance(key_provider(found), FileKeys)


async def test_without_a_key_file_only_what_needs_one_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing):
        await key_provider(settings(tmp_path)).current_key_id()


async def test_keys_by_the_environment_go_before_a_file(tmp_path: Path) -> None:
    found = settings(tmp_path, keys=SecretStr(f"a:{KEY}"))
    provider = key_provider(found)
    assert isinstance(provider, LocalKeys)
    assert not isinstance(provider, FileKeys)
    assert await provider.current_key_id() == "a"
    ensure_keys(found)
    assert not key_path(found).exists()
    assert KEY not in repr(found)


@pytest.mark.parametrize("text", ["", "a", "a:AAAA", f"a:{base64.b64encode(bytes(32)).decode()}"])
def test_weak_keys_are_refused(tmp_path: Path, text: str) -> None:
    found = settings(tmp_path, keys=SecretStr(text))
    assert "DRYSTONE_KEYS" in key_problems(found)[0]
    with pytest.raises(BadKeys):
        key_provider(found)


def test_a_well_known_provider_needs_a_client_only(tmp_path: Path) -> None:
    found = oauth_providers(with_providers(tmp_path, {"github": CLIENT, "google": CLIENT, "own": {**OWN, **CLIENT}}))
    assert found["github"].token_url == "https://github.com/login/oauth/access_token"
    assert found["google"].parameters["access_type"] == "offline"
    assert found["own"].authorize_url == OWN["authorize_url"]
    assert "secret" not in repr(found["own"]).replace("client_secret", "")
    assert oauth_providers(settings(tmp_path)) == {}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"{", "cannot be read as JSON"),
        ([], "no object"),
        ({"github": []}, "no object"),
        ({"github": {"client_id": "id"}}, "lacks client_secret"),
        ({"own": CLIENT}, "lacks authorize_url, token_url"),
        ({"github": {**CLIENT, "client_secret": ""}}, "lacks client_secret"),
        ({"github": {**CLIENT, "secrets": "x"}}, "not known: secrets"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_what_is_wrong(tmp_path: Path, document: Any, words: str) -> None:
    with pytest.raises(BadProviders, match=words) as refused:
        oauth_providers(with_providers(tmp_path, document))
    assert "the client's secret" not in refused.value.message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadProviders, match=r"missing\.json"):
        oauth_providers(settings(tmp_path, oauth_file=tmp_path / "missing.json"))
