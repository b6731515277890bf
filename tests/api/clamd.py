"""A clamd with one signature, and scripted servers that speak its protocol wrongly; no test is here."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.stack import ports
from tests.durable.waiting import eventually

#: The test file that every scanner takes for malware, in two halves: a scanner of this machine must not take our source for it.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
PROGRAM = shutil.which("clamd")
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def clamd(folder: Path, stream_bytes_max: str = "25M") -> AsyncIterator[str]:
    """Run a real clamd that knows EICAR and nothing else; give its address."""
    assert PROGRAM is not None
    database, port = folder / "database", ports.choose()
    database.mkdir(parents=True)
    database.chmod(0o755)
    (database / "eicar.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    lines = (
        f"DatabaseDirectory {database}",
        f"TCPSocket {port}",
        "TCPAddr 127.0.0.1",
        "Foreground yes",
        f"StreamMaxLength {stream_bytes_max}",
        "AlertEncrypted yes",
        "User root",
    )
    (folder / "clamd.conf").write_text("\n".join(lines) + "\n")
    process = await asyncio.create_subprocess_exec(
        PROGRAM, "-c", str(folder / "clamd.conf"), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await eventually(lambda: _answers(port), seconds=30)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def scripted(script: Script) -> AsyncIterator[str]:
    """Run a server that tells its version and then does as the script says with a stream; give its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = await reader.readuntil(b"\0")
            if command == b"zVERSION\0":
                writer.write(b"ClamAV 9.9.9/1/Mon Jan  1 00:00:00 2026\0")
                await writer.drain()
            else:
                assert command == b"zINSTREAM\0"
                await script(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"{host}:{port}"


async def stream_of(reader: asyncio.StreamReader) -> bytes:
    """Read a stream to its end, as clamd does."""
    found = b""
    while size := int.from_bytes(await reader.readexactly(4), "big"):
        found += await reader.readexactly(size)
    return found
