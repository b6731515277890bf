"""What seals credentials and where access is granted: the keys and the OAuth providers of a deployment, from its settings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from blocks.oauth import OAuthProvider
from blocks.providers.finding import oauth_facts
from deploy.settings import Settings
from schema.db.key_file import BadKeys, make_key_file, parse_keys, read_keys
from schema.db.vault import FileKeys, KeyProvider, LocalKeys
from schema.errors import DrystoneError, KeyMissing

_NEEDED = ("authorize_url", "token_url", "client_id", "client_secret")


class BadProviders(DrystoneError):
    """The file of OAuth providers cannot be read."""

    code = "BAD_PROVIDERS"
    fault = "theirs"


def key_path(settings: Settings) -> Path:
    """Give where the key file is."""
    return settings.key_file or settings.data_dir / "keys.json"


def key_provider(settings: Settings) -> KeyProvider:
    """Give what wraps data keys: the keys of DRYSTONE_KEYS, else the key file, which is looked at when it is needed."""
    if settings.keys is not None:
        return LocalKeys(parse_keys(settings.keys.get_secret_value()))
    return FileKeys(key_path(settings))


def ensure_keys(settings: Settings) -> None:
    """Make the key file of an embedded stack, where there is none."""
    if settings.keys is None:
        make_key_file(key_path(settings))


def key_problems(settings: Settings) -> list[str]:
    """Say what is wrong with the keys of a deployment that must have some."""
    try:
        if settings.keys is not None:
            parse_keys(settings.keys.get_secret_value())
        else:
            read_keys(key_path(settings))
    except (BadKeys, KeyMissing) as error:
        return [f"{error.message} Set DRYSTONE_KEY_FILE or DRYSTONE_KEYS."]
    return []


def oauth_providers(settings: Settings) -> dict[str, OAuthProvider]:
    """Read the OAuth providers: {name: {client_id, client_secret, ...}}; well-known ones need no more than that."""
    if settings.oauth_file is None:
        return {}
    try:
        document = orjson.loads(settings.oauth_file.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise BadProviders(f"{settings.oauth_file} cannot be read as JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadProviders(f"{settings.oauth_file} is no object of providers by name.")
    facts = oauth_facts(tuple(settings.folders_of_blocks))
    return {name: _provider(name, entry, facts.get(name, {})) for name, entry in document.items()}


def _provider(name: str, entry: Any, known_facts: Mapping[str, Any]) -> OAuthProvider:
    if not isinstance(entry, Mapping):
        raise BadProviders(f"The OAuth provider {name!r} is no object.")
    facts = {**known_facts, **entry}
    missing = [field for field in _NEEDED if not isinstance(facts.get(field), str) or not facts[field]]
    known = {*_NEEDED, "hosts", "revoke_url", "issuer", "parameters", "client_in", "scope_separator"}
    unknown = sorted(set(facts) - known)
    if missing or unknown:
        said = f"lacks {', '.join(missing)}" if missing else f"has what is not known: {', '.join(unknown)}"
        raise BadProviders(f"The OAuth provider {name!r} {said}.")
    if facts.get("client_in", "body") not in ("body", "header"):
        raise BadProviders(f"The OAuth provider {name!r}: client_in is body or header.")
    return OAuthProvider(name=name, **{**facts, "hosts": tuple(facts.get("hosts", ()))})
