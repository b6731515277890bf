"""Nodes that many exported agents have, with all that an export writes on them; no test is here."""

from __future__ import annotations

from typing import Any

from tests.api.exported import theirs

SERVICES = "{services}"
#: What a text input of the platform's first year carries besides.
OLD_INPUT: dict[str, Any] = {"placeholder_values": [], "limit_to_placeholder_values": False, "title": None}
OPENAI = {**theirs("openai"), "model": "gpt-4o"}
EMPTY = {"sys_prompt": "", "prompt_values": {}, "max_tokens": None, "ollama_host": "localhost:11434", "retry": 3}


def text_input(name: str, **fields: Any) -> tuple[Any, ...]:
    seen = {"title": None, "description": "", "advanced": False, "secret": False, "placeholder_values": []}
    return ("AgentShortTextInputBlock", {"name": name, **seen, **fields})


def an_output(name: str, **fields: Any) -> tuple[Any, ...]:
    seen = {"title": None, "value": None, "format": "", "secret": False, "advanced": False, "description": None}
    return ("AgentOutputBlock", {"name": name, **seen, **fields})
