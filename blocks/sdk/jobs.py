"""Jobs: blocks that start work at a provider and ask after it until it is over; between two questions only the workflow waits.

    class ExampleMakeVideo(JobBlock):
        \"\"\"Make a video.\"\"\"

        provider = EXAMPLE

        async def start(self, inputs: Input, api: Api) -> Any:
            return (await api.call("POST", "/videos", json={"text": inputs.text})).content["id"]

        async def ask(self, inputs: Input, api: Api, job: Any) -> Sequence[Emission] | None:
            found = (await api.call("GET", "/videos/{id}", {"id": job})).content
            return [("video_url", found["url"])] if found["status"] == "done" else None

The first step starts the job and leaves what it is called; each later step asks once. So a worker may die, and a question may fail
and be tried again, without the job being started, and paid for, a second time. (A worker that dies between the provider's answer to
`start` and the end of that step is the exception: its node runs again.)
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from blocks.sdk.block import Block
from blocks.sdk.context import Context
from blocks.sdk.directives import Emission, Sleep, Yield
from blocks.sdk.providers import Provider
from blocks.sdk.rest import Api
from schema.errors import BlockFailed


@dataclass(frozen=True)
class Pace:
    """How a job is asked after: each wait is longer than the one before, and there is an end to them."""

    first_seconds: float = 3.0
    seconds_max: float = 20.0
    #: With the waits above: half an hour.
    asks_max: int = 100
    growth: float = 1.3

    def wait(self, asked: int) -> float:
        """Give how long to wait after so many questions."""
        return min(self.seconds_max, self.first_seconds * self.growth**asked)


class JobBlock(Block):
    """A block that starts a job and gives what it came to."""

    is_abstract = True
    provider: ClassVar[Provider]
    pace: ClassVar[Pace] = Pace()

    @abstractmethod
    async def start(self, inputs: Any, api: Api) -> Any:
        """Start the job; give what it is called, any JSON but null."""

    @abstractmethod
    async def ask(self, inputs: Any, api: Api, job: Any) -> Sequence[Emission] | None:
        """Give what the job came to; None: it is not over. Raises BlockFailed where it failed."""

    def pace_of(self, _inputs: Any) -> Pace:
        """Give how to ask after it."""
        return self.pace

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        api, pace = Api(self.provider, inputs.credentials, context), self.pace_of(inputs)
        if not context.memories:
            yield Sleep(pace.wait(0), memory={"job": await self.start(inputs, api)})
            return
        job = context.memories[0]["job"]
        found = await self.ask(inputs, api, job)
        if found is None and context.step >= pace.asks_max:
            raise BlockFailed(f"{self.provider.title} was asked {context.step} times and has not finished {job!r}.")
        if found is None:
            yield Sleep(pace.wait(context.step))
        for emission in found or ():
            yield emission
