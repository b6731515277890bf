"""Sending and getting files as HTTP clients do, also as none should; no test is here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.api.serving import Api, Client

BOUNDARY = "boundary-of-the-tests"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def form(data: bytes = b"hello", name: str = "a.txt", media_type: str = "text/plain", **fields: str) -> bytes:
    """Give the body of a form with one file, its fields before it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {media_type}\r\n\r\n'
    start = "".join(parts) + f"--{BOUNDARY}\r\n{head}"
    return start.encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()


async def upload(client: Client, data: bytes = b"hello", name: str = "a.txt", media_type: str = "text/plain") -> Any:
    """Upload a file that must be taken; give its answer."""
    answer = await send(client, form(data, name, media_type))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def send(
    client: Client, body: bytes | AsyncIterator[bytes], content_type: str = FORM, **headers: str
) -> httpx2.Response:
    headers = {**client.headers, "Content-Type": content_type, **headers}
    return await client.http.post(f"{client.url}/files", content=body, headers=headers)


async def get(client: Client, file_id: str, **headers: str) -> httpx2.Response:
    return await client.http.get(f"{client.url}/files/{file_id}", headers={**client.headers, **headers})


async def delete(client: Client, file_id: str) -> httpx2.Response:
    return await client.http.delete(f"{client.url}/files/{file_id}", headers=client.headers)


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def send_and_break_off(client: Client, body: bytes, declared: int) -> None:
    """Begin an upload of so many bytes and close the connection in the middle."""
    (await begin(client, body, declared)).close()


async def begin(client: Client, body: bytes, declared: int) -> asyncio.StreamWriter:
    """Begin an upload of so many bytes and leave it there."""
    address = urlsplit(client.url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    lines = [
        "POST /files HTTP/1.1",
        f"Host: {address.netloc}",
        f"Authorization: Bearer {client.token}",
        f"Content-Type: {FORM}",
        f"Content-Length: {declared}",
    ]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()
    return writer


async def kept(api: Api, tenant: Any) -> tuple[int, int]:
    """Give how many rows and how many objects a tenant has."""
    rows = (await api.platform.sql("SELECT count(*) AS rows FROM files WHERE tenant_id = :id", id=tenant))[0].rows
    objects = api.services.objects.list(f"files/{tenant}")
    return rows, sum(len(batch) for batch in objects)
