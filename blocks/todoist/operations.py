"""Operations of Todoist: one that changes a thing and says that it did, and one that lists things; neither knows which things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, ClassVar, Final

from blocks.providers.todoist import TODOIST
from blocks.sdk import Block, Context, Emission, Yield
from blocks.sdk.rest import ITEMS_MAX, Api, CursorPaging, RestBlock
from schema.errors import MissingCredentials

_PAGE: Final = 200
_PAGING: Final = CursorPaging("cursor", cursor_at=("next_cursor",), items_at=("results",))


def checked(inputs: Any) -> None:
    """Raise MissingCredentials where there are none: the catalogue lets the pin be empty, Todoist does not."""
    if inputs.credentials is None:
        raise MissingCredentials("Todoist needs a credential: choose one for this node.", pin="credentials")


class TodoistBlock(RestBlock):
    """One operation."""

    is_abstract = True
    provider = TODOIST
    categories = ("PRODUCTIVITY",)

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        checked(inputs)
        async for item in super().run(inputs, context):
            yield item


class TodoistChange(TodoistBlock):
    """An operation that changes something; that it answers is all that it says."""

    is_abstract = True

    def emissions(self, answer: Any, inputs: Any) -> Iterator[Emission]:
        yield "success", True


class TodoistList(Block):
    """An operation that lists things, at most a thousand."""

    is_abstract = True
    categories = ("PRODUCTIVITY",)
    path: ClassVar[str]

    def query(self, inputs: Any) -> Mapping[str, Any]:
        """Give which things are listed."""
        return {}

    def path_of(self, inputs: Any) -> str:
        """Give where they are listed."""
        return self.path

    def given(self, items: list[Any]) -> Iterator[Emission]:
        """Give what is said of them."""
        raise NotImplementedError

    async def run(self, inputs: Any, context: Context) -> AsyncIterator[Yield]:
        checked(inputs)
        api, places = Api(TODOIST, inputs.credentials, context), inputs.model_dump(mode="json", exclude={"credentials"})
        query = {**self.query(inputs), "limit": _PAGE}
        pages = api.pages(self.path_of(inputs), places, _PAGING, query=query, items_max=ITEMS_MAX)
        for emission in self.given([item async for item in pages]):
            yield emission


def task_url(task: Mapping[str, Any]) -> str:
    """Give a task's address: the API does not say it any more."""
    return str(task.get("url") or f"https://app.todoist.com/app/task/{task['id']}")


def project_url(project: Mapping[str, Any]) -> str:
    """Give a project's address."""
    return str(project.get("url") or f"https://app.todoist.com/app/project/{project['id']}")
