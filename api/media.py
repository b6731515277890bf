"""How a download is announced to a browser; pure."""

from __future__ import annotations

from urllib.parse import quote


def content_disposition(name: str) -> str:
    """Give the header by which a browser keeps a file and never shows it; RFC 6266, with the name of RFC 8187 beside."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
