"""Described: the files of a package whose blocks are the operations of an OpenAPI description; it fetches nothing and calls nobody.

What a description says goes into the package's code as literals only, and the description itself lies beside it as data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import orjson

from blocks.sdk.block import BlockDefinitionError
from blocks.sdk.credentials import ApiKey
from blocks.sdk.openapi import blocks_of, operations_of
from blocks.sdk.providers import KeyPlace, Provider
from schema.errors import InvalidInput

#: Bytes of a description, and operations that become blocks.
DESCRIPTION_BYTES_MAX: Final = 20 * 1024 * 1024
OPERATIONS_MAX: Final = 1_000
_TITLE_CHARS_MAX: Final = 60
#: Letters that a service's title keeps.
_NOT_IN_TITLES: Final = re.compile(r"[^A-Za-z0-9 .&-]+")

_MODULE: Final = '''\
"""The blocks of {name}, one for each operation that its description has; what a block asks is what openapi.json says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

from blocks.sdk import ApiKey
from blocks.sdk.openapi import blocks_of
from blocks.sdk.providers import KeyPlace, Provider

PROVIDER: Final = Provider(
    name={provider},
    title={title},
    base_url={url},
    key={key},
)
Credentials = Annotated[ApiKey, PROVIDER.field()]

#: The block of each operation, by its id: graphs know a block by that, so it never changes. Take out what you do not need.
OPERATIONS: Final = {{
{operations}
}}

BLOCKS: Final = blocks_of(
    json.loads((Path(__file__).parent / "openapi.json").read_text("utf-8")),
    PROVIDER,
    operations=OPERATIONS,
    credentials={credentials},
)
'''

_TEST: Final = '''\
"""What the description says makes blocks, and their examples are true."""

from __future__ import annotations

from blocks.sdk.trial import problems_of

from {module} import BLOCKS, OPERATIONS


def test_each_operation_is_a_block_whose_example_is_true() -> None:
    assert [block.id for block in BLOCKS] == list(OPERATIONS.values())
    assert [problem for block in BLOCKS for problem in problems_of(block)] == []
'''

_README: Final = """\
# {name}

Blocks for Drystone, one for each operation of the service that `{module}/openapi.json` describes. A block gives the whole
answer on its pin `response`.

    python -m pytest                     # their examples
    drystone blocks list --blocks .      # what they are
    drystone dev --blocks .              # the whole platform; a change is live for the next node
    pip install --no-deps .              # for good: Drystone finds them by the entry points

`{module}/__init__.py` says where the service is, where its key goes, and which operations are blocks.
"""

_POINTS: Final = """\
[project.entry-points."drystone.blocks"]
{module} = "{module}:BLOCKS"

[project.entry-points."drystone.providers"]
{module} = "{module}:PROVIDER"
"""


@dataclass(frozen=True)
class Described:
    """A description that blocks can be made of."""

    document: bytes
    provider: Provider
    has_credentials: bool
    operations: Mapping[str, str]

    def files(self, module: str) -> dict[str, str]:
        """Give the files of the package, beside its project's, by their paths."""
        rows = [f"    {_literal(name)}: {_literal(block_id)}," for name, block_id in self.operations.items()]
        words = {
            "name": self.provider.name,
            "module": module,
            "provider": _literal(self.provider.name),
            "title": _literal(self.provider.title),
            "url": _literal(self.provider.base_url),
            "key": _key(self.provider.key),
            "operations": "\n".join(rows),
            "credentials": "Credentials" if self.has_credentials else "None",
        }
        return {
            "README.md": _README.format(**words),
            f"{module}/__init__.py": _MODULE.format(**words),
            f"{module}/openapi.json": self.document.decode("utf-8"),
            f"tests/test_{module}.py": _TEST.format(**words),
        }


def entry_points(module: str) -> str:
    """Give the entry points by which such a package is found."""
    return _POINTS.format(module=module)


def read_description(content: bytes, name: str, url: str | None = None) -> Described:
    """Read a description and make its blocks once, to see that they can be made; `url` is where the service is, where the
    description does not say it. Raises InvalidInput for what is none, BlockDefinitionError for what cannot be a block."""
    document = _parsed(content)
    found = [one.id for one in operations_of(document)]
    if not 0 < len(found) <= OPERATIONS_MAX:
        what = f"it has {len(found)} operations with an `operationId` and no body but JSON"
        raise InvalidInput(f"No blocks can be made of the description: {what}; 1 to {OPERATIONS_MAX} can be.")
    key, has_credentials = _key_place(document)
    provider = Provider(name=name, title=_title(document, name), base_url=_url(document, url), key=key)
    operations = {one: str(uuid4()) for one in dict.fromkeys(found)}
    credentials = Annotated[ApiKey, provider.field()] if has_credentials else None
    blocks = blocks_of(document, provider, operations=operations, credentials=credentials)
    names = [block.name for block in blocks]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise BlockDefinitionError(f"Two operations would be the block {twice[0]}: change an operationId.")
    return Described(content, provider, has_credentials, operations)


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > DESCRIPTION_BYTES_MAX:
        raise InvalidInput(f"The description has {len(content)} bytes; at most {DESCRIPTION_BYTES_MAX} are read.")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The description is no JSON; if it is YAML, convert it first.") from error
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        raise InvalidInput("It is no OpenAPI description of version 3: there is no `openapi: 3...` in it.")
    return document


def _url(document: Mapping[str, Any], given: str | None) -> str:
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    said = str(first.get("url", "")) if isinstance(first, dict) else ""
    url = (given or said).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or "{" in url:
        raise InvalidInput(f"The description does not say where the service is ({said!r:.100}): name it by --url.")
    return url


def _title(document: Mapping[str, Any], name: str) -> str:
    info = document.get("info")
    title = str(info.get("title", "")) if isinstance(info, dict) else ""
    return _NOT_IN_TITLES.sub(" ", title).strip()[:_TITLE_CHARS_MAX] or name


def _key_place(document: Mapping[str, Any]) -> tuple[KeyPlace, bool]:
    """Give where the service's key goes, and whether it has one: of the first way to sign in that a key can be."""
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    for scheme in schemes.values() if isinstance(schemes, dict) else ():
        match scheme:
            case {"type": "apiKey", "in": "header", "name": str(header)}:
                return KeyPlace(header=header, scheme=""), True
            case {"type": "apiKey", "in": "query", "name": str(parameter)}:
                return KeyPlace(parameter=parameter), True
            case {"type": "http", "scheme": "bearer" | "Bearer"} | {"type": "oauth2" | "openIdConnect"}:
                return KeyPlace(), True
    return KeyPlace(), False


def _key(place: KeyPlace) -> str:
    if place.parameter is not None:
        return f"KeyPlace(parameter={_literal(place.parameter)})"
    return f"KeyPlace(header={_literal(place.header)}, scheme={_literal(place.scheme)})"


def _literal(text: str) -> str:
    """Give a text as Python's literal, as a formatter writes it; JSON's is one, too."""
    return repr(text) if '"' in text else json.dumps(text, ensure_ascii=False)
