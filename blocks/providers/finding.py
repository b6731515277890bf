"""Finding: the providers of this installation, the library's own and those of other packages; it calls none of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import blocks.providers
from blocks.packages import Contribution, provider_contributions
from blocks.sdk.providers import Provider


@cache
def providers(folders: tuple[Path, ...] = ()) -> Mapping[str, Provider]:
    """Give the providers by name: the library's, and those that installed packages and the projects in these folders add."""
    added = [provider for one in judged_providers(folders) for provider in one.providers]
    return {provider.name: provider for provider in sorted([*_of_library(), *added], key=lambda one: one.name)}


def judged_providers(folders: tuple[Path, ...]) -> tuple[Contribution, ...]:
    """Give what other packages add. One of the library is never replaced by a package's; of two packages, the first has it."""
    taken = {provider.name: provider for provider in _of_library()}
    judged = []
    for one in provider_contributions(folders):
        kept = tuple(provider for provider in one.providers if taken.setdefault(provider.name, provider) is provider)
        left = [f"The provider {provider.name} is there already." for provider in one.providers if provider not in kept]
        judged.append(replace(one, providers=kept, problems=(*one.problems, *left)))
    return tuple(judged)


def oauth_facts(folders: tuple[Path, ...] = ()) -> dict[str, dict[str, Any]]:
    """Give where people grant access at the providers that have OAuth; a deployment adds its client's id and secret."""
    facts = {}
    for name, provider in providers(folders).items():
        if provider.oauth is not None:
            facts[name] = {
                "authorize_url": provider.oauth.authorize_url,
                "token_url": provider.oauth.token_url,
                "revoke_url": provider.oauth.revoke_url,
                "issuer": provider.oauth.issuer,
                "parameters": dict(provider.oauth.parameters),
                "client_in": provider.oauth.client_in,
                "scope_separator": provider.oauth.scope_separator,
                "hosts": provider.all_hosts,
            }
    return facts


def _of_library() -> Iterator[Provider]:
    for module in pkgutil.iter_modules(blocks.providers.__path__, "blocks.providers."):
        values = vars(importlib.import_module(module.name)).values()
        yield from (value for value in values if isinstance(value, Provider))
