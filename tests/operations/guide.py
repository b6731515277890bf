"""The operations guide as a shell runs it: its blocks in order, in one shell, with what each is to answer; it knows no command."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.api.pages import blocks
from tests.durable.waiting import eventually

BLOCK_SECONDS = 120.0
ANSWER_SECONDS = 120.0


@dataclass(frozen=True)
class Block:
    """Commands, and what they answer where the page says it."""

    commands: str
    answer: str | None = None


def guide(text: str) -> list[Block]:
    """Give the page's blocks that are run; what stands in `text` right behind one is its answer, or a command for elsewhere."""
    found: list[Block] = []
    is_behind = False
    for language, body, _ in blocks(text):
        if language == "sh":
            found.append(Block(body))
        elif language == "text" and is_behind and not body.startswith(("kubectl", "helm")):
            found[-1] = Block(found[-1].commands, body.strip())
        is_behind = language == "sh"
    return found


class Shell:
    """One bash, so that what a block exports and starts in the background is there for the next one."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._number = 0

    async def __aenter__(self) -> Self:
        self._said = (self._folder / "said.log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            "bash", "--noprofile", "--norc", cwd=self._folder, env=self._environment, start_new_session=True,
            stdin=asyncio.subprocess.PIPE, stdout=self._said, stderr=self._said,
        )  # fmt: skip
        return self

    async def __aexit__(self, *failure: object) -> None:
        # Its background processes are of its group.
        os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._said.close()

    async def run(self, commands: str) -> str:
        """Run commands; give what they printed. Fail where one of them fails."""
        is_well, printed = await self.try_to(commands)
        assert is_well, (commands, printed, self.said)
        return printed

    async def try_to(self, commands: str) -> tuple[bool, str]:
        """Run commands; say whether all went well, and give what they printed."""
        self._number += 1
        script, out, over = (self._folder / f"{self._number}.{end}" for end in ("sh", "out", "over"))
        script.write_text(commands)
        assert self._process.stdin is not None
        line = f"trap 'FAILED=1' ERR; FAILED=0; set -o pipefail; . {script} > {out}; echo $FAILED > {over}\n"
        self._process.stdin.write(line.encode())

        async def is_over() -> bool:
            return over.exists() and over.read_text() != ""

        await eventually(is_over, seconds=BLOCK_SECONDS)
        return over.read_text() == "0\n", out.read_text()

    async def ask(self, block: Block) -> None:
        """Run a block; one with an answer again and again, until it goes well and answers as the page says."""
        if block.answer is None:
            await self.run(block.commands)
            return

        async def is_answered() -> bool:
            is_well, printed = await self.try_to(block.commands)
            last.append(printed.strip())
            return is_well and last[-1] == block.answer

        last: list[str] = []
        try:
            await eventually(is_answered, seconds=ANSWER_SECONDS)
        except AssertionError:
            raise AssertionError((block, last[-1:], self.said)) from None

    @property
    def said(self) -> str:
        """Give the end of what was said beside the answers."""
        return (self._folder / "said.log").read_text(errors="replace")[-3_000:]
