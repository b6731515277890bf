"""How many SQL statements a list takes: as many for fifty rows as for one, whatever is asked of each row; nothing is left out.

The queries are made from the schema, so a field that comes later is counted, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.api.furnishing import furnished
from tests.api.selecting import selections_of
from tests.api.serving import Api, Organisation
from tests.api.statements import Counted, counting_api

MANY = 50
#: Lists of the organisation that are furnished here, by the type of their rows.
LISTS = {
    "runs": "Run",
    "approvals": "Approval",
    "credentials": "Credential",
    "files": "File",
    "folders": "Folder",
    "graphs": "Graph",
    "library": "LibraryEntry",
    "memories": "Memory",
    "ownListings": "Listing",
    "schedules": "Schedule",
}


#: Lists of one run.
RUN_LISTS = {"nodeExecutions": "NodeExecution"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def furnished_api(api_of_session: Api) -> AsyncIterator[tuple[Counted, Organisation]]:
    owner = await api_of_session.organisation("Furnished")
    async with furnished(api_of_session, owner, MANY), counting_api(api_of_session) as counted:
        yield counted, owner


async def differing(counted: Counted, owner: Organisation, kind: str, query: str, **variables: Any) -> dict[str, Any]:
    """Give the fields that take another number of statements for fifty rows than for one; NODES stands for one of them."""
    found = {}
    for field, selection in selections_of(kind).items():
        asked = query.replace("NODES", f"nodes {{ {selection} }}")
        # Once a minute it is written that a key was used, one statement more: what a field takes, it takes each time.
        for _ in range(2):
            counts = [len(await counted.of(owner.owner, asked, first=first, **variables)) for first in (1, MANY)]
            if counts[0] == counts[1]:
                break
        else:
            found[field] = counts
    return found


@pytest.mark.parametrize(("name", "kind"), LISTS.items(), ids=LISTS)
async def test_a_list_takes_as_many_statements_for_fifty_rows_as_for_one(
    furnished_api: tuple[Counted, Organisation], name: str, kind: str
) -> None:
    query = f"query($first: Int!) {{ {name}(first: $first) {{ NODES }} }}"
    shown = await furnished_api[1].owner(query.replace("NODES", "nodes { __typename }"), first=MANY)
    assert len(shown["nodes"]) == MANY
    assert await differing(*furnished_api, kind, query) == {}


async def test_a_list_of_presets_takes_as_many_statements_for_fifty_rows_as_for_one(
    furnished_api: tuple[Counted, Organisation],
) -> None:
    first = "{ runs(first: 1, order: OLDEST_FIRST) { nodes { graphId } } }"
    graph = (await furnished_api[1].owner(first))["nodes"][0]["graphId"]
    query = "query($graph: ID!, $first: Int!) { presets(graphId: $graph, first: $first) { NODES } }"
    assert await differing(*furnished_api, "Preset", query, graph=graph) == {}


@pytest.mark.parametrize(("name", "kind"), RUN_LISTS.items(), ids=RUN_LISTS)
async def test_a_list_of_a_run_takes_as_many_statements_for_fifty_rows_as_for_one(
    furnished_api: tuple[Counted, Organisation], name: str, kind: str
) -> None:
    newest = (await furnished_api[1].owner("{ runs(first: 1) { nodes { id } } }"))["nodes"][0]["id"]
    query = f"query($id: ID!, $first: Int!) {{ run(id: $id) {{ {name}(first: $first) {{ NODES }} }} }}"
    assert await differing(*furnished_api, kind, query, id=newest) == {}
