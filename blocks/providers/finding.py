"""Finding: the providers of this installation, the library's own and those of other packages; it calls none of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Final

import structlog

import blocks.providers
from blocks.sdk.providers import Provider

log = structlog.get_logger()
#: Packages add providers under this entry point group: the value is a Provider, or an iterable of them.
ENTRY_POINT_GROUP: Final = "drystone.providers"


@cache
def providers() -> Mapping[str, Provider]:
    """Give the providers by name. One of the library is never replaced by another package's."""
    found: dict[str, Provider] = {}
    for provider in [*_of_packages(), *_of_library()]:
        found[provider.name] = provider
    return dict(sorted(found.items()))


def oauth_facts() -> dict[str, dict[str, Any]]:
    """Give where people grant access at the providers that have OAuth; a deployment adds its client's id and secret."""
    facts = {}
    for name, provider in providers().items():
        if provider.oauth is not None:
            facts[name] = {
                "authorize_url": provider.oauth.authorize_url,
                "token_url": provider.oauth.token_url,
                "revoke_url": provider.oauth.revoke_url,
                "issuer": provider.oauth.issuer,
                "parameters": dict(provider.oauth.parameters),
                "hosts": provider.all_hosts,
            }
    return facts


def _of_library() -> Iterator[Provider]:
    for module in pkgutil.iter_modules(blocks.providers.__path__, "blocks.providers."):
        values = vars(importlib.import_module(module.name)).values()
        yield from (value for value in values if isinstance(value, Provider))


def _of_packages() -> Iterator[Provider]:
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            loaded = point.load()
        except Exception as error:  # noqa: BLE001 - it is somebody else's module: whatever it raises, the others go on.
            log.warning("a package's providers cannot be loaded", package=point.value, error=type(error).__name__)
            continue
        yield from [loaded] if isinstance(loaded, Provider) else loaded
